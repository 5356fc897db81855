using LoraUnlearn.Data;
using LoraUnlearn.Tests.Support;

namespace LoraUnlearn.Tests.Data;

public class BatchPlanTests
{
    private static int[] Lengths(int count, long seed)
    {
        SeededRandom random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => 10 + random.NextInt(150))];
    }

    [Theory]
    [InlineData(1, 16, 1)]
    [InlineData(16, 16, 1)]
    [InlineData(33, 16, 3)]
    [InlineData(5000, 7, 715)]
    [InlineData(10, 0, 1)]
    [InlineData(10, 100, 1)]
    public void EveryExampleIsSeenOnceAnEpoch(int count, int batchSize, int batches)
    {
        BatchPlan plan = new(Lengths(count, 1), batchSize, seed: 3);
        for (int epoch = 0; epoch < 3; epoch++)
        {
            IReadOnlyList<int[]> epochBatches = plan.Epoch(epoch);
            Assert.Equal(batches, epochBatches.Count);
            Assert.Equal(Enumerable.Range(0, count), epochBatches.SelectMany(batch => batch).Order());
            Assert.True(epochBatches.Count(batch => batch.Length != plan.BatchSize) <= 1);
        }

        Assert.Equal(batches, plan.BatchesPerEpoch);
    }

    [Fact]
    public void AnEpochDependsOnSeedAndEpochAlone()
    {
        int[] lengths = Lengths(300, 2);
        BatchPlan plan = new(lengths, 8, seed: 5);
        IReadOnlyList<int[]> third = plan.Epoch(3);
        _ = plan.Epoch(0);
        Assert.Equal(third, plan.Epoch(3));
        Assert.Equal(third, new BatchPlan(lengths, 8, seed: 5).Epoch(3));
        Assert.Equal(third[2], plan.Step(3 * plan.BatchesPerEpoch + 2));
        Assert.NotEqual(third, plan.Epoch(4));
        Assert.NotEqual(third, new BatchPlan(lengths, 8, seed: 6).Epoch(3));
    }

    [Fact]
    public void BatchesHoldSimilarLengthsInShuffledOrder()
    {
        int[] lengths = Lengths(1000, 3);
        IReadOnlyList<int[]> batches = new BatchPlan(lengths, 10, seed: 1).Epoch(0);
        Assert.True(batches.Average(batch => batch.Max(i => lengths[i]) - batch.Min(i => lengths[i])) < 3);
        int[] longest = [.. batches.Select(batch => batch.Max(i => lengths[i]))];
        Assert.NotEqual(longest.Order(), longest);
        Assert.InRange(longest[..50].Average(), 70, 100); // neither the short nor the long ones first
    }

    [Fact]
    public void WasteIsTheShareOfPadding()
    {
        // One batch: 1 + 3 + 4 used of 3 × 4.
        Assert.Equal(1 - 8.0 / 12, new BatchPlan([1, 3, 4], 0, seed: 0).PaddingWaste(0), 12);
        Assert.Equal(0, new BatchPlan([1, 3, 4], 1, seed: 0).PaddingWaste(0), 12);
    }

    [Fact]
    public void PairsHaveSimilarLengthsAndEachSideItsEpochs()
    {
        int[] forget = Lengths(100, 4);
        int[] retain = Lengths(900, 5);
        PairedBatchPlan plan = new(forget, retain, 10, 10, seed: 7);
        Assert.Equal((10, 90), (plan.StepsPerEpoch, plan.StepsPerRetainEpoch));

        (int[] Forget, int[] Retain)[] steps = [.. Enumerable.Range(0, 180).Select(plan.Step)];
        Assert.Equal(Enumerable.Range(0, 900), steps[..90].SelectMany(step => step.Retain).Order());
        Assert.Equal(Enumerable.Range(0, 900), steps[90..].SelectMany(step => step.Retain).Order());
        Assert.Equal(Enumerable.Range(0, 100), steps[20..30].SelectMany(step => step.Forget).Order());
        Assert.NotEqual(steps[0].Retain, steps[90].Retain);
        Assert.InRange(plan.PaddingWaste(0, 90), 0, 0.1);
    }

    [Fact]
    public void APairIsResumableFromItsStep()
    {
        int[] forget = Lengths(40, 6);
        int[] retain = Lengths(70, 7);
        PairedBatchPlan plan = new(forget, retain, 16, 8, seed: 9);
        (int[] Forget, int[] Retain)[] steps = [.. Enumerable.Range(0, 50).Select(plan.Step)];
        foreach (int step in new[] { 49, 17, 3, 30 })
        {
            Assert.Equal(steps[step], new PairedBatchPlan(forget, retain, 16, 8, seed: 9).Step(step), PairEquality);
        }

        BatchPlan alone = new(forget, 16, seed: 9);
        Assert.Equal(alone.Step(31), steps[31].Forget);

        static bool PairEquality((int[] Forget, int[] Retain) a, (int[] Forget, int[] Retain) b) =>
            a.Forget.SequenceEqual(b.Forget) && a.Retain.SequenceEqual(b.Retain);
    }

    [Fact]
    public void ARetainSetOfOneBatchServesEveryStep()
    {
        PairedBatchPlan plan = new(Lengths(40, 6), [5, 6], 16, 4, seed: 9);
        Assert.All(Enumerable.Range(0, 9), step => Assert.Equal([0, 1], plan.Step(step).Retain.Order()));
    }

    [SharedFact("data/tofu")]
    public void PaddingOnTofuStaysUnderTenPercent()
    {
        // About 4.3 characters a token; only the shape of the distribution matters here.
        int[] forget = TofuLengths("forget10.json");
        int[] retain = TofuLengths("retain90.json");
        foreach (int batchSize in new[] { 4, 8, 16, 32 })
        {
            Assert.All(new[] { 0, 1, 2 }, epoch => Assert.InRange(new BatchPlan(forget, batchSize, seed: 1).PaddingWaste(epoch), 0, 0.1));
            Assert.All(new[] { 0, 1, 2 }, epoch => Assert.InRange(new BatchPlan(retain, batchSize, seed: 1).PaddingWaste(epoch), 0, 0.1));
        }

        foreach (int batchSize in new[] { 4, 8, 16 })
        {
            PairedBatchPlan pairs = new(forget, retain, batchSize, batchSize, seed: 1);
            Assert.InRange(pairs.PaddingWaste(0, pairs.StepsPerRetainEpoch), 0, 0.1);
            Assert.InRange(pairs.PaddingWaste(0, 5 * pairs.StepsPerEpoch), 0, 0.1);
        }
    }

    private static int[] TofuLengths(string name) =>
    [
        .. DataRows.Read(Repository.InShared($"data/tofu/{name}")).Select(row => (int)Math.Ceiling((row.Question!.Length + row.Answer!.Length + 20) / 4.3)),
    ];

    [Fact]
    public void WrongArgumentsAreRefused()
    {
        Assert.Throws<ArgumentException>(() => new BatchPlan([], 1, 0));
        Assert.Throws<InputException>(() => new BatchPlan([1], -1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BatchPlan([1], 1, 0).Epoch(-1));
    }
}
