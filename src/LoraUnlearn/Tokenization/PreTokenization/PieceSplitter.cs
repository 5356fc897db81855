namespace LoraUnlearn.Tokenization.PreTokenization;

/// <summary>Cuts a piece at delimiters, in the way that a <see cref="SplitBehavior"/> asks for.</summary>
internal static class PieceSplitter
{
    /// <summary>Appends the parts of a stretch of the piece that are not empty.</summary>
    /// <param name="piece">The piece.</param>
    /// <param name="from">Where the stretch begins.</param>
    /// <param name="to">Where it ends.</param>
    /// <param name="matches">The matches of the pattern in the stretch, in order.</param>
    /// <param name="invert">Whether what lies between the matches is the delimiter, rather than the matches.</param>
    /// <param name="behavior">What becomes of the delimiters.</param>
    /// <param name="output">Where the parts go.</param>
    public static void Split(
        TextPiece piece, int from, int to, List<(int Start, int End)> matches, bool invert, SplitBehavior behavior, List<TextPiece> output)
    {
        List<(int Start, int End)> parts = new(matches.Count + 1);
        List<bool> isDelimiter = new(matches.Count + 1);
        int previousEnd = from;
        foreach ((int start, int end) in matches)
        {
            if (previousEnd != start)
            {
                parts.Add((previousEnd, start));
                isDelimiter.Add(invert);
            }

            parts.Add((start, end));
            isDelimiter.Add(!invert);
            previousEnd = end;
        }

        if (previousEnd != to)
        {
            parts.Add((previousEnd, to));
            isDelimiter.Add(invert);
        }

        foreach ((int start, int end) in Merge(parts, isDelimiter, behavior))
        {
            if (end > start)
            {
                output.Add(piece.Slice(start, end));
            }
        }
    }

    private static IEnumerable<(int Start, int End)> Merge(
        List<(int Start, int End)> parts, List<bool> isDelimiter, SplitBehavior behavior) => behavior switch
        {
            SplitBehavior.Removed => parts.Where((_, i) => !isDelimiter[i]),
            SplitBehavior.Isolated => parts,
            SplitBehavior.Contiguous => MergeForward(parts, isDelimiter, static (previous, current) => previous == current),
            SplitBehavior.MergedWithPrevious => MergeForward(parts, isDelimiter, static (previous, current) => current && !previous),
            _ => MergeBackward(parts, isDelimiter),
        };

    /// <summary>Joins a part to the one before where the rule says so; before the first there is no delimiter.</summary>
    private static List<(int Start, int End)> MergeForward(
        List<(int Start, int End)> parts, List<bool> isDelimiter, Func<bool, bool, bool> joins)
    {
        List<(int Start, int End)> merged = new(parts.Count);
        bool previous = false;
        for (int i = 0; i < parts.Count; i++)
        {
            if (merged.Count > 0 && joins(previous, isDelimiter[i]))
            {
                merged[^1] = (merged[^1].Start, parts[i].End);
            }
            else
            {
                merged.Add(parts[i]);
            }

            previous = isDelimiter[i];
        }

        return merged;
    }

    private static List<(int Start, int End)> MergeBackward(List<(int Start, int End)> parts, List<bool> isDelimiter)
    {
        List<(int Start, int End)> merged = new(parts.Count);
        bool next = false;
        for (int i = parts.Count - 1; i >= 0; i--)
        {
            if (merged.Count > 0 && isDelimiter[i] && !next)
            {
                merged[^1] = (parts[i].Start, merged[^1].End);
            }
            else
            {
                merged.Add(parts[i]);
            }

            next = isDelimiter[i];
        }

        merged.Reverse();
        return merged;
    }
}

/// <summary>What becomes of the delimiters that a split finds. The names are the tokenizer file's.</summary>
internal enum SplitBehavior
{
    /// <summary>They are dropped.</summary>
    Removed,

    /// <summary>Each is a piece of its own.</summary>
    Isolated,

    /// <summary>Each ends the piece before it.</summary>
    MergedWithPrevious,

    /// <summary>Each begins the piece after it.</summary>
    MergedWithNext,

    /// <summary>Neighbouring delimiters make up one piece.</summary>
    Contiguous,
}
