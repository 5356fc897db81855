using LoraUnlearn.Adapters;
using LoraUnlearn.GradientEffect;
using LoraUnlearn.Head;
using LoraUnlearn.Models;
using LoraUnlearn.Objectives;
using LoraUnlearn.Tests.Models;
using LoraUnlearn.Tests.Support;
using LoraUnlearn.Tests.Training;
using LoraUnlearn.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Adapters;

[Collection(RunsAlone.Name)]
public class HeldAdapterTests
{
    [Fact]
    public void HeldFactorsComputeTheSameAndAreMadeOnce()
    {
        using Decoder decoder = new TinyModel().Build(ScalarType.Float32);
        using AdapterSet adapters = Adapters(decoder);
        float[] expected = Hidden(decoder);
        using (adapters.HoldStill())
        {
            Assert.Equal(expected, Hidden(decoder));
            long kept = LeftBehind.CountAfterCollection();
            Assert.Equal(expected, Hidden(decoder));
            Assert.Equal(kept, Tensor.TotalCount);
        }
    }

    // Differences and concatenations of A and B: four tensors a map with an offset. Held, they are made in the first pass alone.
    [Fact]
    public void TheFactorsArePutTogetherOnceForManyPasses()
    {
        const int Together = 4, Passes = 3;
        using Decoder decoder = new TinyModel().Build(ScalarType.Float32);
        using AdapterSet adapters = Adapters(decoder);
        Hidden(decoder); // whatever the first pass alone makes
        long free = Made(() => Hidden(decoder));
        using (adapters.HoldStill())
        {
            using IDisposable noGrad = no_grad();
            long first = Made(() => Hidden(decoder));
            long others = Made(() => Enumerable.Range(0, Passes).ToList().ForEach(_ => Hidden(decoder)));
            Assert.Equal(Passes * (free - (Together * adapters.Pairs.Count)), others);
            Assert.True(first >= free, $"{first} tensors in the first pass, {free} without holding still");
        }

        Assert.Equal(free, Made(() => Hidden(decoder)));
    }

    [Fact]
    public void ProbesAndMeasurementsHoldThemToo()
    {
        using Decoder decoder = new TinyModel().Build(ScalarType.Float32);
        using AdapterSet adapters = Adapters(decoder);
        Watching objective = new(adapters);
        UnlearningRecipe recipe = TinyTask.AsDefined(objective);
        ObjectiveProbe.Evaluate(adapters, recipe, TinyTask.Forget, [], batchSize: 2, checkpoint: true);
        Assert.Equal([true, true, true], objective.Held);
        new EffectMeter(adapters, new EffectOptions { Parameters = EffectParameters.Adapter }).Measure([objective], TinyTask.Forget, TinyTask.Retain);
        Assert.All(objective.Held, Assert.True);
        Assert.False(adapters.IsHeld);
    }

    [Fact]
    public void ChangesAfterwardsAreSeenAndNothingIsKept()
    {
        using Decoder decoder = new TinyModel().Build(ScalarType.Float32);
        using AdapterSet adapters = Adapters(decoder);
        float[] before = Hidden(decoder);
        long count = LeftBehind.CountAfterCollection();
        using (adapters.HoldStill())
        {
            using (adapters.HoldStill())
            {
                Hidden(decoder);
            }

            Assert.Equal(before, Hidden(decoder));
        }

        Assert.Equal(count, Tensor.TotalCount);
        using (no_grad())
        {
            adapters.Parameters.mul_(2);
        }

        float[] changed = Hidden(decoder);
        Assert.NotEqual(before, changed);
        using (adapters.HoldStill())
        {
            Assert.Equal(changed, Hidden(decoder));
        }
    }

    private static long Made(Action action)
    {
        ThreadDisposeScopeStatistics before = DisposeScopeManager.Statistics;
        long count = before.CreatedInScopeCount + before.CreatedOutsideScopeCount;
        action();
        ThreadDisposeScopeStatistics after = DisposeScopeManager.Statistics;
        return after.CreatedInScopeCount + after.CreatedOutsideScopeCount - count;
    }

    private static AdapterSet Adapters(Decoder decoder)
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(4);
        AdapterSet adapters = new(decoder, decoder.Maps, 2, 4);
        foreach (LowRankPair pair in adapters.Pairs)
        {
            pair.Initialise(randn(pair.A.shape, ScalarType.Float32, generator: generator), randn(pair.B.shape, ScalarType.Float32, generator: generator), offset: true);
            using IDisposable noGrad = no_grad();
            pair.B.mul_(1.5);
        }

        return adapters;
    }

    private static float[] Hidden(Decoder decoder)
    {
        using DisposeScope scope = NewDisposeScope();
        return decoder.Hidden(tensor(new long[] { 1, 5, 2, 7 }, [1, 4], ScalarType.Int64)).data<float>().ToArray();
    }

    /// <summary>Notes at each evaluation whether the factors are held.</summary>
    private sealed class Watching(AdapterSet adapters) : TokenObjective
    {
        public override string Name => "watching";

        public List<bool> Held { get; } = [];

        public override Tensor Loss(TokenStatistics statistics, TokenStatistics? alternate)
        {
            Held.Add(adapters.IsHeld);
            return statistics.LogProbability.mean();
        }
    }
}
