namespace LoraUnlearn.Tokenization.Decoding;

/// <summary>Turns the suffix that ends words into a space, or into nothing in the last piece.</summary>
internal sealed class SuffixDecoder(string suffix) : ITokenDecoder
{
    /// <inheritdoc/>
    public List<string> Decode(List<string> pieces)
    {
        List<string> output = new(pieces.Count);
        foreach (string piece in pieces)
        {
            string space = output.Count == pieces.Count - 1 ? "" : " ";
            output.Add(suffix.Length == 0 ? piece : piece.Replace(suffix, space, StringComparison.Ordinal));
        }

        return output;
    }
}
