using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Models;

public class SamplingTests
{
    private const int Draws = 8000;

    [Theory]
    [InlineData(1e-4, 0, 1)]
    [InlineData(1, 1, 1)]
    [InlineData(1, 0, 1e-6)]
    public void SettingsThatLeaveOneTokenAreGreedy(double temperature, int topK, double topP)
    {
        using Decoder decoder = new TinyModel().Build(ScalarType.Float32);
        int[] sampled = Generation.Generate(decoder, [[1, 2, 3]], new GenerationOptions { MaxNewTokens = 10, Temperature = temperature, TopK = topK, TopP = topP })[0];
        Assert.Equal(GenerationTests.Uncached(decoder, [1, 2, 3], 10), sampled);
    }

    [Fact]
    public void TheSeedDecides()
    {
        using Decoder decoder = new TinyModel().Build(ScalarType.Float32);
        int[] Sample(long seed) => Generation.Generate(decoder, [[1, 2, 3]], new GenerationOptions { MaxNewTokens = 30, Temperature = 1.5, Seed = seed })[0];
        Assert.Equal(Sample(7), Sample(7));
        Assert.NotEqual(Sample(7), Sample(8));
    }

    // Frequencies against softmax(z/T) over the tokens that top-k and top-p leave, within five standard deviations.
    [Theory]
    [InlineData(1.0, 0, 1.0)]
    [InlineData(0.5, 0, 1.0)]
    [InlineData(1.5, 4, 1.0)]
    [InlineData(1.0, 0, 0.7)]
    [InlineData(2.0, 6, 0.8)]
    public void FrequenciesAreTheDistribution(double temperature, int topK, double topP)
    {
        float[] logits = [1.5f, -0.5f, 0.2f, 2.0f, -3f, 0.9f, 1.1f, 0f];
        Dictionary<int, double> expected = Distribution(logits, temperature, topK, topP);
        using DisposeScope scope = NewDisposeScope();
        using TokenSampler sampler = new(new GenerationOptions { Temperature = temperature, TopK = topK, TopP = topP, Seed = 11 }, CPU);
        long[] drawn = sampler.Choose(tensor(logits).unsqueeze(0).repeat(Draws, 1)).data<long>().ToArray();
        for (int token = 0; token < logits.Length; token++)
        {
            double probability = expected.GetValueOrDefault(token);
            double deviation = Math.Sqrt(probability * (1 - probability) / Draws);
            Assert.InRange((double)drawn.Count(id => id == token) / Draws, probability - (5 * deviation), probability + (5 * deviation));
        }
    }

    private static Dictionary<int, double> Distribution(float[] logits, double temperature, int topK, double topP)
    {
        (int Token, double Weight)[] order = [.. logits.Select((logit, token) => (token, Math.Exp(logit / temperature))).OrderByDescending(pair => pair.Item2)];
        order = topK > 0 ? order[..topK] : order;
        double all = order.Sum(pair => pair.Weight);
        List<(int Token, double Weight)> nucleus = [];
        foreach ((int token, double weight) in order)
        {
            nucleus.Add((token, weight));
            if (nucleus.Sum(pair => pair.Weight) / all >= topP)
            {
                break;
            }
        }

        double kept = nucleus.Sum(pair => pair.Weight);
        return nucleus.ToDictionary(pair => pair.Token, pair => pair.Weight / kept);
    }
}
