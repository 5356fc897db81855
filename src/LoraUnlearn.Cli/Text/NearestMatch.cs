namespace LoraUnlearn.Cli.Text;

/// <summary>Finds the name that somebody probably meant.</summary>
internal static class NearestMatch
{
    private const int LongestName = 64;

    /// <summary>The candidate nearest to a word, or null where none is near.</summary>
    /// <remarks>
    /// Near is an edit distance (insertion, deletion, substitution, swap of neighbours) of at most a third of the
    /// word's length, and at least 1; a candidate that the word begins is near too.
    /// </remarks>
    public static string? Find(string word, IEnumerable<string> candidates)
    {
        if (word.Length is 0 or > LongestName)
        {
            return null;
        }

        int limit = Math.Max(1, word.TrimStart('-').Length / 3);
        string? best = null;
        int bestDistance = int.MaxValue;
        foreach (string candidate in candidates)
        {
            int distance = Distance(word.ToLowerInvariant(), candidate.ToLowerInvariant());
            bool isBegun = word.TrimStart('-').Length >= 3 && candidate.StartsWith(word, StringComparison.OrdinalIgnoreCase);
            int rank = isBegun ? Math.Min(distance, limit) : distance;
            if (rank <= limit && rank < bestDistance)
            {
                best = candidate;
                bestDistance = rank;
            }
        }

        return best;
    }

    /// <summary>"; did you mean 'x'?" with the nearest candidate, or nothing where none is near.</summary>
    public static string Suggestion(string word, IEnumerable<string> candidates) =>
        Find(word, candidates) is string nearest ? $"; did you mean '{nearest}'?" : "";

    /// <summary>Optimal string alignment distance of two words.</summary>
    public static int Distance(string first, string second)
    {
        int[,] cost = new int[first.Length + 1, second.Length + 1];
        for (int i = 0; i <= first.Length; i++)
        {
            for (int j = 0; j <= second.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    cost[i, j] = i + j;
                    continue;
                }

                int substitution = cost[i - 1, j - 1] + (first[i - 1] == second[j - 1] ? 0 : 1);
                cost[i, j] = Math.Min(substitution, Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1);
                bool isSwap = i > 1 && j > 1 && first[i - 1] == second[j - 2] && first[i - 2] == second[j - 1];
                if (isSwap)
                {
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
                }
            }
        }

        return cost[first.Length, second.Length];
    }
}
