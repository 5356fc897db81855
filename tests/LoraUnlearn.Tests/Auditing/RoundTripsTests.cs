using LoraUnlearn.Auditing;
using LoraUnlearn.Quantization;
using TorchSharp;
using static LoraUnlearn.Torch.Scalars;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Auditing;

/// <summary>Round trips against values that can be worked out by hand.</summary>
public class RoundTripsTests
{
    [Fact]
    public void EightBitsAreScaledByRows()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor weight = tensor(new float[,] { { 1.27f, -0.014f, 0.016f }, { -254, 3, 0 }, { 0, 0, 0 } });
        float[] back = RoundTrips.ByRowsOf8Bits(weight).data<float>().ToArray();
        float[] expected = [1.27f, -0.01f, 0.02f, -254, 4, 0, 0, 0, 0]; // steps of 0.01, of 2 (1.5 is rounded to even), of nothing
        Assert.All(expected.Zip(back), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
    }

    [Fact]
    public void FourBitsAreScaledByGroups()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor weight = zeros([1, 200]);
        weight[0, 0] = tensor(0.7f);
        weight[0, 1] = tensor(0.16f);
        weight[0, 130] = tensor(-70f); // in the second group, which the row does not fill
        weight[0, 131] = tensor(4f);
        weight[0, 132] = tensor(6f);
        Tensor back = RoundTrips.ByGroupsOf4Bits(weight);
        Assert.Equal([1, 200], back.shape);
        Assert.Equal(0.7f, back[0, 0].item<float>(), 1e-6f);
        Assert.Equal(0.2f, back[0, 1].item<float>(), 1e-6f);
        Assert.Equal(-70f, back[0, 130].item<float>(), 1e-4f);
        Assert.Equal(0f, back[0, 131].item<float>());
        Assert.Equal(10f, back[0, 132].item<float>(), 1e-4f);
    }

    [Fact]
    public void EveryLevelOfNormalFloat4ComesBackAsItIs()
    {
        using DisposeScope scope = NewDisposeScope();
        float[] levels = FourBitCode.Nf4.ToArray();
        Assert.Equal(16, levels.Length);
        Tensor block = cat([tensor(levels), zeros([48])], 0);
        Tensor weight = stack([block * Held(3.0), block * Held(-0.25)], 0).view(4, 32); // two blocks over four rows
        // In the second block the signs are turned, so that only the levels that both signs have stay: 0 and ±1.
        Tensor back = RoundTrips.ByBlocksOfNormalFloat4(weight).view(2, 64);
        Assert.Equal(0, (back[0] - (block * Held(3.0))).abs().max().item<float>(), 1e-6f);
        Assert.Equal(0.25f, back[1, 0].item<float>(), 1e-6f);
        Assert.Equal(-0.25f, back[1, 15].item<float>(), 1e-6f);
    }

    [Theory]
    [InlineData(0.039f, 0)]
    [InlineData(0.040f, 0.07958029955625534f)] // the middle of 0 and that is 0.0398
    [InlineData(-0.87f, -1)]
    [InlineData(0.86f, 0.7229568362236023f)] // below the middle of that and 1, 0.8615
    public void TheNearestLevelIsTaken(float value, float level)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor back = RoundTrips.ByBlocksOfNormalFloat4(tensor(new float[,] { { 1, value } }));
        Assert.Equal(level, back[0, 1].item<float>(), 1e-6f);
        Assert.Equal([1, 2], back.shape);
    }
}
