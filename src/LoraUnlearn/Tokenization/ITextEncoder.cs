namespace LoraUnlearn.Tokenization;

/// <summary>Turns text into token ids: the only part of a tokenizer that the data readers need.</summary>
public interface ITextEncoder
{
    /// <summary>The number of ids: every id that <see cref="Encode"/> returns is in [0, VocabularySize).</summary>
    int VocabularySize { get; }

    /// <summary>Whether an id is that of a special token.</summary>
    /// <param name="id">The id.</param>
    bool IsSpecial(int id) => false;

    /// <summary>Turns a text into ids; the same text always gives the same.</summary>
    /// <param name="text">The text; may be empty.</param>
    /// <param name="addSpecialTokens">Whether to add what the post-processor adds, for example a token that begins the sequence.</param>
    /// <param name="parseSpecial">Whether special tokens spelled in the text become their ids; if not they are ordinary text.</param>
    /// <returns>The token ids in order.</returns>
    int[] Encode(string text, bool addSpecialTokens = false, bool parseSpecial = true);
}
