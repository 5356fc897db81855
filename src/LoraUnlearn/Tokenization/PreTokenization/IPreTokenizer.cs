namespace LoraUnlearn.Tokenization.PreTokenization;

/// <summary>Cuts text into the pieces that are tokenised each on its own. Safe for concurrent use.</summary>
internal interface IPreTokenizer
{
    /// <summary>Cuts each piece further.</summary>
    /// <param name="pieces">Pieces, none of them empty, in order.</param>
    /// <returns>The pieces of all of them, none empty, in order.</returns>
    List<TextPiece> Cut(List<TextPiece> pieces);
}
