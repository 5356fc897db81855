namespace LoraUnlearn.Tokenization.Patterns;

/// <summary>Something that finds its matches in a text: a literal or a regular expression. Safe for concurrent use.</summary>
internal abstract class TextPattern
{
    /// <summary>Appends the matches to <paramref name="matches"/>, leftmost first, none overlapping another.</summary>
    /// <param name="text">UTF-16 text without unpaired surrogates.</param>
    /// <param name="matches">Where [Start, End) of each match goes, in UTF-16 units.</param>
    public abstract void FindMatches(ReadOnlySpan<char> text, List<(int Start, int End)> matches);
}
