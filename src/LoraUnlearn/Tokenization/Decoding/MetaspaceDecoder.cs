using LoraUnlearn.Tokenization.PreTokenization;

namespace LoraUnlearn.Tokenization.Decoding;

/// <summary>Turns SentencePiece's visible spaces back, and drops those of the first piece unless none was put there.</summary>
/// <param name="replacement">The visible character, as a string of one code point.</param>
/// <param name="scheme">Which pieces got one in front when the text was encoded.</param>
internal sealed class MetaspaceDecoder(string replacement, PrependScheme scheme) : ITokenDecoder
{
    /// <inheritdoc/>
    public List<string> Decode(List<string> pieces)
    {
        List<string> output = new(pieces.Count);
        foreach (string piece in pieces)
        {
            bool drops = output.Count == 0 && scheme != PrependScheme.Never;
            output.Add(piece.Replace(replacement, drops ? "" : " ", StringComparison.Ordinal));
        }

        return output;
    }
}
