using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Models;

/// <summary>Rotary frequencies against numbers worked out by hand and with another program.</summary>
public class RotaryScalingTests
{
    [Fact]
    public void DynamicGrowsWithTheSequenceOnlyPastTheOriginalLength()
    {
        DynamicRotaryScaling scaling = new(4, 10);
        Near([1, 0.1, 0.01, 0.001], scaling.Apply([1, 0.1, 0.01, 0.001], 10).Frequencies);
        Near([1, 0.06650286584282476, 0.004422631165308749, 0.0002941176470588235], scaling.Apply([1, 0.1, 0.01, 0.001], 16).Frequencies);
        Assert.Equal([0, 0, 11, 16], new long[] { 1, 10, 11, 16 }.Select(scaling.Regime));
    }

    [Fact]
    public void YarnOfAShortContext()
    {
        // Turns 32 and 1 within 64 positions lie at dimensions −0.99 and 2.02: the ramp goes from 0 to 3.
        RotarySpec spec = Rope("""{"type":"yarn","factor":4.0,"original_max_position_embeddings":64}""", headWidth: 16);
        (double[] frequencies, double amplitude) = spec.Scaling!.Apply(Frequencies(16), 64);
        Near(
            [1, 0.23717082451262847, 0.05, 0.007905694150420948, 0.0025, 0.0007905694150420948, 0.00025, 7.905694150420948e-05],
            frequencies);
        Assert.Equal(1.138629436111989, amplitude, 1e-12); // 0.1 ln 4 + 1
    }

    [Fact]
    public void YarnOfALongContext()
    {
        // Ramp from 4 (4.03 rounded down) to 11 (10.05 rounded up).
        RotarySpec spec = Rope("""{"rope_type":"yarn","factor":4,"original_max_position_embeddings":2048,"attention_factor":1.5}""", headWidth: 32);
        (double[] frequencies, double amplitude) = spec.Scaling!.Apply(Frequencies(32), 1);
        Near(
            [
                1, 0.5623413251903491, 0.31622776601683794, 0.1778279410038923, 0.1, 0.05020904689199546, 0.024846467329894407,
                0.012066895996692691, 0.005714285714285714, 0.0026108704383837637, 0.0011293848786315642, 0.0004445698525097307, 0.00025,
                0.00014058533129758725, 7.905694150420948e-05, 4.4456985250973074e-05,
            ],
            frequencies);
        Assert.Equal(1.5, amplitude);
    }

    [Fact]
    public void TablesFollowTheLengthBothWays()
    {
        // Short divisors 1, long divisors 2, original length 6: the second position turns by 1 or by ½.
        using RotaryEmbedding rotary = new(
            new RotarySpec { Width = 2, Scaling = new LongRotaryScaling([1], [2], 6, 1) }, ScalarType.Float64, CPU);
        foreach ((long length, double angle) in new[] { (6L, 1.0), (7L, 0.5), (5L, 1.0), (200L, 0.5), (6L, 1.0) })
        {
            using DisposeScope scope = NewDisposeScope();
            (Tensor cosine, Tensor sine) = rotary.Tables(0, length);
            Assert.Equal([length, 1], cosine.shape);
            Assert.Equal(Math.Cos(angle), cosine[1, 0].ToDouble(), 1e-14);
            Assert.Equal(Math.Sin(angle), sine[1, 0].ToDouble(), 1e-14);
        }
    }

    [Theory]
    [InlineData("""{"factor":2.0}""", "rope_scaling.type")]
    [InlineData("""{"type":"ntk","factor":2.0}""", "ntk")]
    [InlineData("""{"type":"linear"}""", "rope_scaling.factor")]
    [InlineData("""{"type":"linear","factor":0.5}""", "rope_scaling.factor")]
    [InlineData("""{"type":"linear","factor":2.0,"twist":3}""", "rope_scaling.twist")]
    [InlineData("""{"type":"llama3","factor":2.0,"low_freq_factor":4,"high_freq_factor":4,"original_max_position_embeddings":8}""", "high_freq_factor")]
    [InlineData("""{"type":"llama3","factor":2.0,"low_freq_factor":1,"high_freq_factor":4}""", "original_max_position_embeddings")]
    [InlineData("""{"type":"longrope","factor":2.0,"short_factor":[1],"long_factor":[1,2]}""", "short_factor")]
    [InlineData("""{"type":"longrope","factor":2.0,"short_factor":[1,0],"long_factor":[1,2]}""", "short_factor")]
    [InlineData("""{"type":7}""", "rope_scaling.type")]
    [InlineData("""{"type":"default","rope_theta":7}""", "rope_theta")]
    [InlineData("""{"type":"default","partial_rotary_factor":0.5}""", "partial_rotary_factor")]
    public void WrongRulesAreNamed(string rule, string named)
    {
        string message = Assert.Throws<InputException>(() => Rope(rule, headWidth: 4)).Message;
        Assert.Contains(named, message);
        Assert.StartsWith("config.json", message);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"rope_type":"default"}""")]
    [InlineData("""{"rope_type":"default","rope_theta":10000.0}""")]
    public void NoRule(string rule) => Assert.Null(Rope(rule, headWidth: 4).Scaling);

    private static RotarySpec Rope(string rule, int headWidth) => ModelFamilies.Describe(ModelConfig.Parse(
        $$"""
        {"model_type":"llama","vocab_size":8,"hidden_size":{{headWidth}},"intermediate_size":8,"num_hidden_layers":1,"num_attention_heads":1,
         "max_position_embeddings":64,"rope_theta":10000.0,"rope_scaling":{{rule}}}
        """,
        "config.json")).Rotary!;

    private static double[] Frequencies(int width) => [.. Enumerable.Range(0, width / 2).Select(j => Math.Pow(10000, -2.0 * j / width))];

    private static void Near(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(1, pair.Second / pair.First, 1e-12));
    }
}
