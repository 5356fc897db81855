namespace LoraUnlearn.Reporting;

/// <summary>The distribution of a sample, as a chart shows it.</summary>
internal static class SampleDistribution
{
    private const int MostSteps = 600;

    /// <summary>The empirical distribution function as a staircase; of a large sample every so-many-th step.</summary>
    /// <param name="name">Name of the curve.</param>
    /// <param name="sample">The sample, in any order; at least one number.</param>
    public static Curve Of(string name, IReadOnlyList<double> sample)
    {
        double[] sorted = [.. sample.Order()];
        int every = ((sorted.Length - 1) / MostSteps) + 1;
        List<double> x = [sorted[0]], y = [0];
        double reached = 0;
        for (int index = every - 1; index < sorted.Length + every - 1; index += every)
        {
            int last = Math.Min(index, sorted.Length - 1);
            double share = (last + 1.0) / sorted.Length;
            x.AddRange([sorted[last], sorted[last]]);
            y.AddRange([reached, share]);
            reached = share;
        }

        return new Curve(name, x, y);
    }

    /// <summary>A staircase with its ends drawn out: 0 before the sample, 1 after it.</summary>
    /// <param name="curve">The staircase.</param>
    /// <param name="low">Where it begins.</param>
    /// <param name="high">Where it ends.</param>
    public static Curve Widened(Curve curve, double low, double high) => curve with { X = [low, .. curve.X, high], Y = [0, .. curve.Y, 1] };

    /// <summary>Where two distribution functions are farthest apart, which the Kolmogorov–Smirnov statistic measures.</summary>
    /// <param name="first">A sample.</param>
    /// <param name="second">Another.</param>
    /// <returns>The place, and the value of either function there.</returns>
    public static (double X, double First, double Second) Farthest(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        double[] a = [.. first.Order()], b = [.. second.Order()];
        (double X, double First, double Second) farthest = (a[0], 0, 0);
        for (int i = 0, j = 0; i < a.Length && j < b.Length;)
        {
            double value = Math.Min(a[i], b[j]);
            while (i < a.Length && a[i] <= value)
            {
                i++;
            }

            while (j < b.Length && b[j] <= value)
            {
                j++;
            }

            double shareA = (double)i / a.Length, shareB = (double)j / b.Length;
            if (Math.Abs(shareA - shareB) > Math.Abs(farthest.First - farthest.Second))
            {
                farthest = (value, shareA, shareB);
            }
        }

        return farthest;
    }
}
