using LoraUnlearn.Tokenization.Json;
using LoraUnlearn.Tokenization.Unicode;

namespace LoraUnlearn.Tokenization.Patterns;

/// <summary>Something that finds its matches in a text: a literal or a regular expression. Safe for concurrent use.</summary>
internal abstract class TextPattern
{
    /// <summary>How many matches are gathered before they are handed on.</summary>
    public const int Batch = 4096;

    /// <summary>Appends the matches to <paramref name="matches"/>, leftmost first, none overlapping another.</summary>
    /// <param name="text">UTF-16 text without unpaired surrogates.</param>
    /// <param name="matches">Where [Start, End) of each match goes, in UTF-16 units.</param>
    public abstract void FindMatches(ReadOnlySpan<char> text, List<(int Start, int End)> matches);

    /// <summary>The same in batches, so that a long text's matches need not all be kept.</summary>
    /// <param name="text">UTF-16 text without unpaired surrogates.</param>
    /// <param name="matches">Where they go; empty at first.</param>
    /// <param name="full">Called from time to time to take them and clear the list; what is left at the end is not handed on.</param>
    public virtual void FindMatches(ReadOnlySpan<char> text, List<(int Start, int End)> matches, Action full) => FindMatches(text, matches);
}

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

/// <summary>Reads the pattern of a component: {"String": "..."} or {"Regex": "..."}.</summary>
internal static class PatternReader
{
    /// <exception cref="InputException">It is of another kind, malformed, or uses what is not supported.</exception>
    public static TextPattern Read(JsonPart part)
    {
        (string kind, JsonPart value) = part.AsChoice();
        switch (kind)
        {
            case "String":
                return new LiteralPattern(value.AsString());
            case "Regex":
                try
                {
                    return new RegexPattern(value.AsString(), value.Origin);
                }
                catch (PatternSyntaxException e)
                {
                    throw new InputException($"{value.Origin}: {e.Message}.", e);
                }

            default:
                throw part.Error($"is a pattern of kind '{kind}', which is not supported; supported are String and Regex");
        }
    }
}
