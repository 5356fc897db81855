namespace LoraUnlearn.Tokenization.Decoding;

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
