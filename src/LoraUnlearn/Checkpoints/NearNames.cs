namespace LoraUnlearn.Checkpoints;

/// <summary>Finds the names that someone may have meant.</summary>
internal static class NearNames
{
    private const int MaximumLength = 160;
    private const int MaximumCandidates = 20_000;
    private const int Shown = 3;

    /// <summary>A sentence " Near names: 'a', 'b'." with up to three names; says so where there are no names at all.</summary>
    /// <param name="wanted">The name that is missing.</param>
    /// <param name="names">The names that exist.</param>
    public static string Suggestion(string wanted, IEnumerable<string> names)
    {
        string[] near = [.. names
            .Where(name => name.Length <= MaximumLength)
            .Take(MaximumCandidates)
            .Select(name => (Name: name, Distance: EditDistance(wanted, name)))
            .OrderBy(pair => pair.Distance)
            .ThenBy(pair => pair.Name, StringComparer.Ordinal)
            .Take(Shown)
            .Select(pair => $"'{pair.Name}'")];
        return near.Length == 0 ? string.Empty : $" Near names: {string.Join(", ", near)}.";
    }

    /// <summary>Insertions, deletions and replacements between two names (Levenshtein); the first is cut to a bounded length.</summary>
    private static int EditDistance(string first, string second)
    {
        ReadOnlySpan<char> wanted = first.AsSpan(0, Math.Min(first.Length, MaximumLength));
        Span<int> costs = stackalloc int[MaximumLength + 1];
        for (int column = 0; column <= second.Length; column++)
        {
            costs[column] = column;
        }

        for (int row = 1; row <= wanted.Length; row++)
        {
            int diagonal = costs[0];
            costs[0] = row;
            for (int column = 1; column <= second.Length; column++)
            {
                int replaced = diagonal + (wanted[row - 1] == second[column - 1] ? 0 : 1);
                diagonal = costs[column];
                costs[column] = Math.Min(replaced, Math.Min(diagonal, costs[column - 1]) + 1);
            }
        }

        return costs[second.Length];
    }
}
