namespace LoraUnlearn.Evaluation;

/// <summary>The area under the ROC curve.</summary>
public static class RocAuc
{
    /// <summary>
    /// The probability that a positive's score is higher than a negative's, a tie counting one half. Below 0.5 when scores
    /// point the wrong way: never flipped (METHODS §11).
    /// </summary>
    /// <param name="positives">The scores that should be high, for example of members; at least one.</param>
    /// <param name="negatives">The scores that should be low; at least one.</param>
    /// <returns>In [0,1].</returns>
    /// <exception cref="ArgumentException">A side is empty or has a score that is not a number.</exception>
    public static double Compute(IReadOnlyList<double> positives, IReadOnlyList<double> negatives)
    {
        double[] low = Samples.Sorted(negatives, nameof(negatives));
        double[] high = Samples.Sorted(positives, nameof(positives));

        // Both ascending, so the counts of negatives below, and below or equal, only grow.
        long wins = 0;
        long ties = 0;
        int below = 0;
        int belowOrEqual = 0;
        foreach (double score in high)
        {
            while (below < low.Length && low[below] < score)
            {
                below++;
            }

            belowOrEqual = Math.Max(belowOrEqual, below);
            while (belowOrEqual < low.Length && low[belowOrEqual] <= score)
            {
                belowOrEqual++;
            }

            wins += below;
            ties += belowOrEqual - below;
        }

        return (wins + 0.5 * ties) / ((double)high.Length * low.Length);
    }
}
