namespace LoraUnlearn.Evaluation;

/// <summary>What TDEC's overlap of n-grams is divided by; the two differ where a continuation ends early.</summary>
public enum NGramDivisor
{
    /// <summary>The n-grams of the generated continuation: the paper's equation.</summary>
    Continuation,

    /// <summary>The n-grams of the true suffix: the paper's released code.</summary>
    TrueSuffix,
}

/// <summary>Comparisons of generated text or ids with the true ones.</summary>
public static class TextMetrics
{
    /// <summary>Whether a generated text is the true one, letter by letter, white space at the ends left aside.</summary>
    /// <param name="reference">The true text.</param>
    /// <param name="prediction">The generated text.</param>
    public static bool ExactMatch(string reference, string prediction) =>
        reference.AsSpan().Trim().SequenceEqual(prediction.AsSpan().Trim());

    /// <summary>
    /// The overlap of TDEC's extraction likelihood (METHODS §10): the n-grams of a continuation, counted with repetition, that
    /// occur anywhere in the true suffix, divided by the number of n-grams of the one or the other.
    /// </summary>
    /// <param name="generated">The greedy continuation.</param>
    /// <param name="reference">The true suffix.</param>
    /// <param name="n">Tokens in an n-gram; at least 1.</param>
    /// <param name="divisor">Whose n-grams divide.</param>
    /// <returns>In [0,1]; 0 when the continuation is shorter than n.</returns>
    public static double NGramOverlap(IReadOnlyList<int> generated, IReadOnlyList<int> reference, int n, NGramDivisor divisor = NGramDivisor.Continuation)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(n);
        int count = generated.Count - n + 1;
        if (count <= 0)
        {
            return 0;
        }

        HashSet<int[]> known = new(NGramComparer.Instance);
        for (int start = 0; start + n <= reference.Count; start++)
        {
            known.Add(Slice(reference, start, n));
        }

        int found = Enumerable.Range(0, count).Count(start => known.Contains(Slice(generated, start, n)));
        return (double)found / (divisor == NGramDivisor.Continuation ? count : Math.Max(1, reference.Count - n + 1));
    }

    private static int[] Slice(IReadOnlyList<int> ids, int start, int n)
    {
        int[] slice = new int[n];
        for (int i = 0; i < n; i++)
        {
            slice[i] = ids[start + i];
        }

        return slice;
    }

    private sealed class NGramComparer : IEqualityComparer<int[]>
    {
        public static readonly NGramComparer Instance = new();

        public bool Equals(int[]? x, int[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(int[] obj)
        {
            HashCode hash = default;
            foreach (int id in obj)
            {
                hash.Add(id);
            }

            return hash.ToHashCode();
        }
    }
}
