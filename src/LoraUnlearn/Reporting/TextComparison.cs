using System.Text.RegularExpressions;
using DiffPlex;
using DiffPlex.Chunkers;
using DiffPlex.Model;

namespace LoraUnlearn.Reporting;

/// <summary>What became of a piece of a text.</summary>
public enum TextChange
{
    /// <summary>It is in both texts.</summary>
    None,

    /// <summary>It is in the later text only.</summary>
    Added,

    /// <summary>It is in the earlier text only.</summary>
    Gone,
}

/// <summary>A piece of a text.</summary>
/// <param name="Text">The piece.</param>
/// <param name="Change">What became of it.</param>
public sealed record TextPart(string Text, TextChange Change = TextChange.None);

/// <summary>Two texts compared word by word, a word with the blanks after it, so that what changed hangs together.</summary>
public static partial class TextComparison
{
    private const int LongestText = 4000;

    /// <summary>A text as one piece; a very long one is cut.</summary>
    public static IReadOnlyList<TextPart> Plain(string text) => [new TextPart(Shortened(text))];

    /// <summary>The later text with what it has more and what it lacks.</summary>
    /// <param name="earlier">The text before.</param>
    /// <param name="later">The text after.</param>
    public static IReadOnlyList<TextPart> Of(string earlier, string later)
    {
        DiffResult difference = new Differ().CreateDiffs(Shortened(earlier), Shortened(later), ignoreWhiteSpace: false, ignoreCase: false, new CustomFunctionChunker(text => [.. Word().Matches(text).Select(match => match.Value)]));
        List<TextPart> parts = [];
        int at = 0;
        void Add(IEnumerable<string> pieces, TextChange change)
        {
            string text = string.Concat(pieces);
            if (text.Length > 0)
            {
                parts.Add(new TextPart(text, change));
            }
        }

        foreach (DiffBlock block in difference.DiffBlocks)
        {
            Add(difference.PiecesNew.Skip(at).Take(block.InsertStartB - at), TextChange.None);
            Add(difference.PiecesOld.Skip(block.DeleteStartA).Take(block.DeleteCountA), TextChange.Gone);
            Add(difference.PiecesNew.Skip(block.InsertStartB).Take(block.InsertCountB), TextChange.Added);
            at = block.InsertStartB + block.InsertCountB;
        }

        Add(difference.PiecesNew.Skip(at), TextChange.None);
        return parts;
    }

    [GeneratedRegex(@"\S+\s*|\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Word();

    private static string Shortened(string text) => text.Length <= LongestText ? text : text[..LongestText] + " …";
}
