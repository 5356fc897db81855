using System.Numerics;
using MathNet.Numerics;

namespace LoraUnlearn.Evaluation;

/// <summary>The result of a two-sample Kolmogorov–Smirnov test.</summary>
/// <param name="Statistic">D, the largest distance between the two empirical distribution functions, in [0,1].</param>
/// <param name="PValue">The probability of a distance at least as large when both samples are of one distribution.</param>
public readonly record struct KolmogorovSmirnovResult(double Statistic, double PValue);

/// <summary>
/// The two-sided two-sample Kolmogorov–Smirnov test, whose p-value is TOFU's forget quality (METHODS §10). Samples of up
/// to 10 000 get the exact distribution of D, as in scipy's <c>ks_2samp</c>; larger ones a one-sample approximation.
/// </summary>
public static class KolmogorovSmirnov
{
    /// <summary>The largest sample for which the exact distribution is computed.</summary>
    public const int MaximumExactSize = 10_000;

    /// <summary>Tests whether two samples are of one distribution.</summary>
    /// <param name="first">At least one number; the order does not matter.</param>
    /// <param name="second">At least one number.</param>
    /// <exception cref="ArgumentException">A sample is empty or holds something that is not a number.</exception>
    public static KolmogorovSmirnovResult TwoSample(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        double[] a = Samples.Sorted(first, nameof(first));
        double[] b = Samples.Sorted(second, nameof(second));
        long gcd = (long)BigInteger.GreatestCommonDivisor(a.Length, b.Length);
        long multiple = a.Length / gcd * b.Length;
        long distance = LargestDistance(a, b, gcd);
        double statistic = (double)distance / multiple;

        double p = distance == 0 ? 1
            : Math.Max(a.Length, b.Length) > MaximumExactSize ? Large(statistic, a.Length, b.Length)
            : a.Length == b.Length ? EqualSizes(a.Length, distance)
            : UnequalSizes(Math.Max(a.Length, b.Length), Math.Min(a.Length, b.Length), gcd, distance);
        return new KolmogorovSmirnovResult(statistic, Math.Clamp(p, 0, 1));
    }

    /// <summary>D as a whole number of steps of 1/lcm(n₁,n₂), so that no rounding decides what is as large as D.</summary>
    private static long LargestDistance(double[] a, double[] b, long gcd)
    {
        long largest = 0;
        int i = 0;
        int j = 0;
        while (i < a.Length && j < b.Length)
        {
            double value = Math.Min(a[i], b[j]);
            while (i < a.Length && a[i] == value)
            {
                i++;
            }

            while (j < b.Length && b[j] == value)
            {
                j++;
            }

            largest = Math.Max(largest, Math.Abs(i * (b.Length / gcd) - j * (a.Length / gcd)));
        }

        return largest;
    }

    /// <summary>
    /// P(n·D ≥ h) for two samples of n: 2 Σ_{k≥1} (−1)^{k+1} C(2n, n−kh)/C(2n, n) (Gnedenko and Korolyuk 1951), as nested
    /// products from the last term on, so that small probabilities keep their digits.
    /// </summary>
    private static double EqualSizes(int n, long h)
    {
        double nested = 0;
        for (long k = n / h; k >= 1; k--)
        {
            // C(2n, n−kh) / C(2n, n−(k−1)h)
            double ratio = 1;
            for (long j = 0; j < h; j++)
            {
                ratio *= (double)(n - (k - 1) * h - j) / (n + (k - 1) * h + j + 1);
            }

            nested = ratio * (1 - nested);
        }

        return 2 * nested;
    }

    /// <summary>
    /// P(D ≥ d) for samples of m ≥ n: the probability that a random lattice path from (0,0) to (m,n) meets a point (i,j) with
    /// |i·n − j·m|/gcd ≥ h (Hodges 1958). q(i,j), that of the paths to (i,j), is 1 at such a point and otherwise the mean of
    /// q(i−1,j) and q(i,j−1) weighted by i and j: the last step to (i,j) was along i with probability i/(i+j).
    /// </summary>
    private static double UnequalSizes(int m, int n, long gcd, long h)
    {
        long stepI = n / gcd;
        long stepJ = m / gcd;
        double[] q = new double[n + 1]; // q(i, ·) for the current i
        for (long i = 0; i <= m; i++)
        {
            for (long j = 0; j <= n; j++)
            {
                if (Math.Abs(i * stepI - j * stepJ) >= h)
                {
                    q[j] = 1;
                }
                else if (i + j > 0)
                {
                    double left = j > 0 ? q[j - 1] * j : 0;
                    q[j] = (q[j] * i + left) / (i + j);
                }
            }
        }

        return q[n];
    }

    /// <summary>
    /// The p-value of a one-sample test with round(n₁n₂/(n₁+n₂)) observations, which is what scipy takes for large samples:
    /// in the tail twice the one-sided probability, elsewhere the limiting distribution.
    /// </summary>
    private static double Large(double d, double n1, double n2)
    {
        double n = Math.Round(n1 * n2 / (n1 + n2), MidpointRounding.ToEven);
        return n * d * d > 2 ? 2 * OneSided(d, n) : Limiting(d, n);
    }

    /// <summary>
    /// P(D⁺ ≥ d) = d Σ_{j ≤ n(1−d)} C(n,j) (d + j/n)^(j−1) (1 − d − j/n)^(n−j) (Birnbaum and Tingey 1951), terms by their logarithms.
    /// </summary>
    private static double OneSided(double d, double n)
    {
        double logFactorialN = SpecialFunctions.GammaLn(n + 1);
        double sum = 0;
        for (double j = 0; j / n < 1 - d; j++)
        {
            double x = d + j / n;
            sum += Math.Exp(
                logFactorialN - SpecialFunctions.GammaLn(j + 1) - SpecialFunctions.GammaLn(n - j + 1)
                + (j - 1) * Math.Log(x) + (n - j) * Math.Log(1 - x));
        }

        return d * sum;
    }

    /// <summary>Kolmogorov's limiting distribution, its argument corrected for finite n (Vrbik 2018).</summary>
    private static double Limiting(double d, double n)
    {
        double z = Math.Sqrt(n) * d;
        z += 1 / (6 * Math.Sqrt(n)) + (z - 1) / (4 * n);
        if (z < 0.3)
        {
            return 1; // to within 1e-5
        }

        double sum = 0;
        for (int k = 1; k <= 20; k++)
        {
            double term = Math.Exp(-2.0 * k * k * z * z);
            sum += k % 2 == 1 ? term : -term;
        }

        return 2 * sum;
    }
}
