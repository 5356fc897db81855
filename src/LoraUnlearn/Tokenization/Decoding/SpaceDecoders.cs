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

/// <summary>Removes a character from the ends of each piece, up to a number of times.</summary>
/// <param name="character">The character, as a string of one code point.</param>
/// <param name="atStart">How many at most at the start.</param>
/// <param name="atEnd">How many at most at the end.</param>
internal sealed class StripDecoder(string character, int atStart, int atEnd) : ITokenDecoder
{
    /// <inheritdoc/>
    public List<string> Decode(List<string> pieces) => pieces.ConvertAll(Strip);

    private string Strip(string piece)
    {
        int start = 0;
        for (int i = 0; i < atStart && string.CompareOrdinal(piece, start, character, 0, character.Length) == 0; i++)
        {
            start += character.Length;
        }

        int end = piece.Length;
        for (int i = 0; i < atEnd && end - character.Length >= start
            && string.CompareOrdinal(piece, end - character.Length, character, 0, character.Length) == 0; i++)
        {
            end -= character.Length;
        }

        return piece[start..end];
    }
}
