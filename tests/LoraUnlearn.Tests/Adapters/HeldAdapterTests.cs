using LoraUnlearn.Adapters;
using LoraUnlearn.Models;
using LoraUnlearn.Tests.Models;
using LoraUnlearn.Tests.Support;
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
            long kept = Tensor.TotalCount;
            Assert.Equal(expected, Hidden(decoder));
            Assert.Equal(kept, Tensor.TotalCount);
        }
    }

    [Fact]
    public void ChangesAfterwardsAreSeenAndNothingIsKept()
    {
        using Decoder decoder = new TinyModel().Build(ScalarType.Float32);
        using AdapterSet adapters = Adapters(decoder);
        float[] before = Hidden(decoder);
        long count = Tensor.TotalCount;
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
}
