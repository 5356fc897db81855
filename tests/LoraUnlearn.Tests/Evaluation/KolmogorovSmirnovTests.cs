using LoraUnlearn.Evaluation;

namespace LoraUnlearn.Tests.Evaluation;

/// <summary>The expected values are those of scipy 1.10's ks_2samp.</summary>
public class KolmogorovSmirnovTests
{
    [Theory]
    [InlineData(new double[] { 1, 2, 3 }, new double[] { 4, 5, 6, 7 }, 1.0, 0.05714285714285714)]
    [InlineData(new double[] { 1, 1, 2, 2, 3 }, new double[] { 1, 2, 2, 3, 3 }, 0.2, 1.0)]
    [InlineData(new[] { 0.1, 0.4, 0.7, 0.2, 0.9, 0.35, 0.6 }, new[] { 0.5, 0.8, 0.95, 0.65, 0.3 }, 0.37142857142857144, 0.7373737373737375)]
    [InlineData(new double[] { 1, 2, 3 }, new double[] { 3, 1, 2 }, 0.0, 1.0)]
    public void SmallSamples(double[] first, double[] second, double statistic, double p) =>
        AssertResult(statistic, p, 1e-12, KolmogorovSmirnov.TwoSample(first, second));

    [Fact]
    public void EqualSizesKeepTheDigitsOfSmallProbabilities() =>
        AssertResult(0.3975, 1.3092627063797803e-28, 1e-10, KolmogorovSmirnov.TwoSample(Grid(400), [.. Grid(400).Select(x => x + 0.395)]));

    [Fact]
    public void UnequalSizes()
    {
        AssertResult(0.2025, 1.286972360333419e-06, 1e-10, KolmogorovSmirnov.TwoSample(Grid(400), [.. Grid(300).Select(x => x + 0.2)]));
        AssertResult(0.06916666666666667, 0.747477059058275, 1e-10, KolmogorovSmirnov.TwoSample(Grid(117), [.. Grid(400).Select(x => Math.Pow(x, 1.2))]));
    }

    [Fact]
    public void LargeSamples()
    {
        AssertResult(0.015083333333333337, 0.14534453176823758, 1e-5, KolmogorovSmirnov.TwoSample(Grid(12_000), [.. Grid(11_000).Select(x => x + 0.015)]));
        AssertResult(0.10008333333333336, 1.701093071253293e-50, 1e-6, KolmogorovSmirnov.TwoSample(Grid(12_000), [.. Grid(11_000).Select(x => x + 0.1)]));
    }

    [Fact]
    public void TheOrderOfTheSamplesDoesNotMatter() =>
        Assert.Equal(KolmogorovSmirnov.TwoSample([1, 2, 5], [2, 3]), KolmogorovSmirnov.TwoSample([3, 2], [5, 1, 2]));

    [Fact]
    public void RefusesWhatHasNoOrder()
    {
        Assert.Throws<ArgumentException>(() => KolmogorovSmirnov.TwoSample([], [1]));
        Assert.Throws<ArgumentException>(() => KolmogorovSmirnov.TwoSample([1], [double.NaN]));
    }

    private static double[] Grid(int n) => [.. Enumerable.Range(0, n).Select(i => (double)i / n)];

    private static void AssertResult(double statistic, double p, double relative, KolmogorovSmirnovResult result)
    {
        Assert.Equal(statistic, result.Statistic, 12);
        Assert.InRange(result.PValue / p, 1 - relative, 1 + relative);
    }
}
