using LoraUnlearn.Evaluation;

namespace LoraUnlearn.Tests.Evaluation;

public class RocAucTests
{
    [Theory]
    [InlineData(new double[] { 3, 4 }, new double[] { 1, 2 }, 1)]
    [InlineData(new double[] { 1, 2 }, new double[] { 3, 4 }, 0)] // the wrong way round, and not flipped
    [InlineData(new double[] { 1, 1 }, new double[] { 1 }, 0.5)]
    [InlineData(new double[] { 1, 3 }, new double[] { 2, 3, 0 }, 0.58333333333333337)] // (1 + 2.5) / 6
    [InlineData(new double[] { double.PositiveInfinity }, new double[] { double.NegativeInfinity, 1 }, 1)]
    public void IsTheShareOfPairsInOrder(double[] positives, double[] negatives, double expected) =>
        Assert.Equal(expected, RocAuc.Compute(positives, negatives), 12);

    [Fact]
    public void AgreesWithCountingEveryPair()
    {
        LoraUnlearn.Data.SeededRandom random = new(3);
        double[] a = [.. Enumerable.Range(0, 57).Select(_ => (double)random.NextInt(12))];
        double[] b = [.. Enumerable.Range(0, 41).Select(_ => (double)random.NextInt(10))];
        double pairs = a.Sum(x => b.Sum(y => x > y ? 1 : x == y ? 0.5 : 0));
        Assert.Equal(pairs / (57 * 41), RocAuc.Compute(a, b), 12);
    }

    [Fact]
    public void RefusesWhatHasNoOrder()
    {
        Assert.Throws<ArgumentException>(() => RocAuc.Compute([], [1]));
        Assert.Throws<ArgumentException>(() => RocAuc.Compute([1], []));
        Assert.Throws<ArgumentException>(() => RocAuc.Compute([1, double.NaN], [1]));
    }
}
