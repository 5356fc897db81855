using LoraUnlearn.Data;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Reporting;

namespace LoraUnlearn.Tests.Reporting;

public class DistributionTests
{
    [Theory]
    [InlineData(40, 40, 1)]
    [InlineData(7, 23, 2)]
    [InlineData(1500, 900, 3)] // more than a chart draws
    public void TheDrawnDistanceIsThatOfTheTest(int first, int second, long seed)
    {
        double[] a = Sample(first, seed, 0.3), b = Sample(second, seed + 100, 0);
        (double x, double shareA, double shareB) = SampleDistribution.Farthest(a, b);
        Assert.Equal(KolmogorovSmirnov.TwoSample(a, b).Statistic, Math.Abs(shareA - shareB), 1e-12);
        Assert.Equal((double)a.Count(value => value <= x) / a.Length, shareA, 1e-12);
        Assert.Equal((double)b.Count(value => value <= x) / b.Length, shareB, 1e-12);
    }

    [Fact]
    public void AStaircaseRisesAtEachValue()
    {
        Curve curve = SampleDistribution.Of("sample", [3, 1, 2, 2]);
        Assert.Equal([1, 1, 1, 2, 2, 2, 2, 3, 3], curve.X);
        Assert.Equal([0, 0, 0.25, 0.25, 0.5, 0.5, 0.75, 0.75, 1], curve.Y);
        Curve large = SampleDistribution.Of("sample", Sample(10_001, 5, 0));
        Assert.InRange(large.X.Count, 100, 1300);
        Assert.Equal(1, large.Y[^1]);
    }

    // Ties count one half in both: the curve goes over them in one slanted step.
    [Theory]
    [InlineData(30, 50, 1, 100)]
    [InlineData(30, 50, 2, 4)]
    public void TheAreaUnderTheCurveIsTheAuc(int members, int others, long seed, int steps)
    {
        double[] inside = [.. Sample(members, seed, -0.2).Select(value => Math.Round(value * steps))], outside = [.. Sample(others, seed + 50, 0).Select(value => Math.Round(value * steps))];
        Curve curve = MembershipSection.Roc("attack", inside, outside);
        double area = Enumerable.Range(1, curve.X.Count - 1).Sum(index => (curve.X[index] - curve.X[index - 1]) * (curve.Y[index] + curve.Y[index - 1]) / 2);
        Assert.Equal(RocAuc.Compute(outside, inside), area, 1e-12);
        Assert.Equal((1.0, 1.0), (curve.X[^1], curve.Y[^1]));
    }

    private static double[] Sample(int count, long seed, double shift)
    {
        SeededRandom random = SeededRandom.ForStream(seed, 1);
        return [.. Enumerable.Range(0, count).Select(_ => shift + random.NextDouble())];
    }
}
