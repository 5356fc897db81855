namespace LoraUnlearn.Data;

/// <summary>Finds the name that a person probably meant, for error messages.</summary>
public static class NearestName
{
    /// <summary>The known name nearest to a mistyped one in edit distance, ignoring case.</summary>
    /// <param name="name">What was written.</param>
    /// <param name="known">The names there are.</param>
    /// <returns>The nearest, or null when none is near (more than a third of its letters, and more than 2, differ).</returns>
    public static string? Find(string name, IEnumerable<string> known)
    {
        string? best = null;
        int bestDistance = int.MaxValue;
        string wanted = name.Length > 100 ? name[..100] : name;
        foreach (string candidate in known)
        {
            int distance = EditDistance(wanted.ToLowerInvariant(), candidate.ToLowerInvariant());
            if (distance < bestDistance && distance <= Math.Max(2, candidate.Length / 3) && distance < candidate.Length)
            {
                (best, bestDistance) = (candidate, distance);
            }
        }

        return best;
    }

    /// <summary>" Did you mean 'x'?" or nothing, to be put behind an error message.</summary>
    /// <param name="name">What was written.</param>
    /// <param name="known">The names there are.</param>
    public static string Suggestion(string name, IEnumerable<string> known) =>
        Find(name, known) is { } nearest ? $" Did you mean '{nearest}'?" : "";

    private static int EditDistance(string a, string b)
    {
        int[] row = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++)
        {
            row[j] = j;
        }

        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int above = row[j];
                int substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                row[j] = Math.Min(substituted, 1 + Math.Min(above, row[j - 1]));
                diagonal = above;
            }
        }

        return row[b.Length];
    }
}
