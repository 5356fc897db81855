using LoraUnlearn.Tokenization.Patterns;
using LoraUnlearn.Tokenization.Unicode;

namespace LoraUnlearn.Tokenization.PreTokenization;

/// <summary>Cuts at the matches of a pattern.</summary>
/// <param name="pattern">The pattern.</param>
/// <param name="behavior">What becomes of the delimiters.</param>
/// <param name="invert">Whether the pattern matches the words rather than the delimiters.</param>
internal sealed class SplitPreTokenizer(TextPattern pattern, SplitBehavior behavior, bool invert) : IPreTokenizer
{
    /// <inheritdoc/>
    public void Cut(List<TextPiece> pieces, Action<List<TextPiece>> next)
    {
        PieceBatches output = new(next);
        foreach (TextPiece piece in pieces)
        {
            output.Split(piece, pattern, invert, behavior);
        }

        output.Finish();
    }
}

/// <summary>Matches every single character of a class.</summary>
internal sealed class CharacterPattern(Func<int, bool> contains) : TextPattern
{
    /// <inheritdoc/>
    public override void FindMatches(ReadOnlySpan<char> text, List<(int Start, int End)> matches)
    {
        for (int i = 0; i < text.Length;)
        {
            int codePoint = CodePoints.At(text, i, out int units);
            if (contains(codePoint))
            {
                matches.Add((i, i + units));
            }

            i += units;
        }
    }
}

/// <summary>Matches runs of word characters, and runs of characters that are neither word characters nor white space.</summary>
internal sealed class WordPattern : TextPattern
{
    /// <inheritdoc/>
    public override void FindMatches(ReadOnlySpan<char> text, List<(int Start, int End)> matches)
    {
        int previousKind = 0;
        for (int i = 0; i < text.Length;)
        {
            int codePoint = CodePoints.At(text, i, out int units);
            int kind = CodePoints.IsWord(codePoint) ? 1 : CodePoints.IsWhiteSpace(codePoint) ? 0 : 2;
            if (kind != 0 && kind == previousKind)
            {
                matches[^1] = (matches[^1].Start, i + units);
            }
            else if (kind != 0)
            {
                matches.Add((i, i + units));
            }

            previousKind = kind;
            i += units;
        }
    }
}
