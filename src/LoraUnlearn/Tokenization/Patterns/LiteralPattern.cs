using LoraUnlearn.Tokenization.Unicode;

namespace LoraUnlearn.Tokenization.Patterns;

/// <summary>Matches a string as it stands. The empty string matches before every code point and at the end.</summary>
internal sealed class LiteralPattern(string literal) : TextPattern
{
    /// <inheritdoc/>
    public override void FindMatches(ReadOnlySpan<char> text, List<(int Start, int End)> matches)
    {
        if (literal.Length == 0)
        {
            FindEmptyMatches(text, matches);
            return;
        }

        int start = 0;
        while (text[start..].IndexOf(literal, StringComparison.Ordinal) is int offset and >= 0)
        {
            start += offset;
            matches.Add((start, start + literal.Length));
            start += literal.Length;
        }
    }

    private static void FindEmptyMatches(ReadOnlySpan<char> text, List<(int Start, int End)> matches)
    {
        for (int i = 0; i < text.Length;)
        {
            matches.Add((i, i));
            CodePoints.At(text, i, out int units);
            i += units;
        }

        matches.Add((text.Length, text.Length));
    }
}
