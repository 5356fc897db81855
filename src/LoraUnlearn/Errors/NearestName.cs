namespace LoraUnlearn.Errors;

/// <summary>Finds the names that a person probably meant, for error messages.</summary>
public static class NearestName
{
    private const int LongestName = 160;
    private const int MostCandidates = 20_000;
    private const int Listed = 3;

    /// <summary>The known name nearest to a mistyped one in edit distance, ignoring case.</summary>
    /// <param name="name">What was written.</param>
    /// <param name="known">The names there are.</param>
    /// <returns>The nearest, or null when none is near (more than a third of its letters, and more than 2, differ).</returns>
    public static string? Find(string name, IEnumerable<string> known)
    {
        foreach ((string candidate, int distance) in ByDistance(name, known))
        {
            if (distance <= Math.Max(2, candidate.Length / 3) && distance < candidate.Length)
            {
                return candidate;
            }
        }

        return null;
    }

    /// <summary>" Did you mean 'x'?" or nothing, to be put behind an error message.</summary>
    /// <param name="name">What was written.</param>
    /// <param name="known">The names there are.</param>
    public static string Suggestion(string name, IEnumerable<string> known) =>
        Find(name, known) is { } nearest ? $" Did you mean '{nearest}'?" : string.Empty;

    /// <summary>" Near names: 'a', 'b'." with up to three names, however far; nothing where there are no names at all.</summary>
    /// <param name="name">The name that is missing.</param>
    /// <param name="known">The names there are.</param>
    public static string List(string name, IEnumerable<string> known)
    {
        string[] near = [.. ByDistance(name, known).Take(Listed).Select(pair => $"'{pair.Name}'")];
        return near.Length == 0 ? string.Empty : $" Near names: {string.Join(", ", near)}.";
    }

    private static IEnumerable<(string Name, int Distance)> ByDistance(string name, IEnumerable<string> known)
    {
        string wanted = (name.Length > LongestName ? name[..LongestName] : name).ToLowerInvariant();
        return known
            .Where(candidate => candidate.Length <= LongestName)
            .Take(MostCandidates)
            .Select(candidate => (Name: candidate, Distance: EditDistance(wanted, candidate.ToLowerInvariant())))
            .OrderBy(pair => pair.Distance)
            .ThenBy(pair => pair.Name, StringComparer.Ordinal);
    }

    /// <summary>Insertions, deletions and replacements between two names (Levenshtein).</summary>
    private static int EditDistance(string first, string second)
    {
        int[] costs = new int[second.Length + 1];
        for (int column = 0; column <= second.Length; column++)
        {
            costs[column] = column;
        }

        for (int row = 1; row <= first.Length; row++)
        {
            int diagonal = costs[0];
            costs[0] = row;
            for (int column = 1; column <= second.Length; column++)
            {
                int replaced = diagonal + (first[row - 1] == second[column - 1] ? 0 : 1);
                diagonal = costs[column];
                costs[column] = Math.Min(replaced, Math.Min(diagonal, costs[column - 1]) + 1);
            }
        }

        return costs[second.Length];
    }
}
