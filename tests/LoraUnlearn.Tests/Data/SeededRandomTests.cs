using LoraUnlearn.Data;

namespace LoraUnlearn.Tests.Data;

public class SeededRandomTests
{
    [Fact]
    public void SplitMix64GivesThePublishedNumbers()
    {
        ulong state = 1234567;
        ulong[] numbers = [.. Enumerable.Range(0, 5).Select(_ => SeededRandom.SplitMix64(ref state))];
        Assert.Equal([6457827717110365317UL, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821], numbers);
    }

    [Fact]
    public void XoshiroGivesThePublishedNumbers()
    {
        SeededRandom random = new(1, 2, 3, 4);
        ulong[] numbers = [.. Enumerable.Range(0, 6).Select(_ => random.NextUInt64())];
        Assert.Equal([11520UL, 0, 1509978240, 1215971899390074240, 1216172134540287360, 607988272756665600], numbers);
    }

    [Fact]
    public void NextIntIsUniform()
    {
        SeededRandom random = new(5);
        int[] counts = new int[7];
        for (int i = 0; i < 70_000; i++)
        {
            counts[random.NextInt(7)]++;
        }

        // Chi-squared with 6 degrees of freedom: 27.9 is exceeded with probability 1e-4.
        Assert.True(counts.Sum(count => Math.Pow(count - 10_000, 2) / 10_000) < 27.9);
    }

    [Fact]
    public void NextDoubleStaysInTheUnitInterval()
    {
        SeededRandom random = new(6);
        double[] numbers = [.. Enumerable.Range(0, 10_000).Select(_ => random.NextDouble())];
        Assert.All(numbers, number => Assert.InRange(number, 0, 0.9999999999999999));
        Assert.InRange(numbers.Average(), 0.49, 0.51);
    }

    [Fact]
    public void PermutationHoldsEveryNumberOnce()
    {
        int[] order = new SeededRandom(7).Permutation(100);
        Assert.NotEqual(Enumerable.Range(0, 100), order);
        Assert.Equal(Enumerable.Range(0, 100), order.Order());
    }

    [Fact]
    public void ShuffleGivesEveryOrderEquallyOften()
    {
        SeededRandom random = new(8);
        Dictionary<string, int> counts = [];
        for (int i = 0; i < 6000; i++)
        {
            string order = string.Concat(random.Permutation(3));
            counts[order] = counts.GetValueOrDefault(order) + 1;
        }

        Assert.Equal(6, counts.Count);
        Assert.All(counts.Values, count => Assert.InRange(count, 850, 1150)); // 5 standard deviations
    }

    [Fact]
    public void StreamsOfOneSeedDiffer()
    {
        Assert.Equal(SeededRandom.ForStream(1, 2).NextUInt64(), SeededRandom.ForStream(1, 2).NextUInt64());
        ulong[] first = [.. Enumerable.Range(0, 100).Select(stream => SeededRandom.ForStream(1, stream).NextUInt64())];
        Assert.Equal(100, first.Distinct().Count());
    }

    [Fact]
    public void BoundsAreChecked() => Assert.Throws<ArgumentOutOfRangeException>(() => new SeededRandom(1).NextInt(0));
}
