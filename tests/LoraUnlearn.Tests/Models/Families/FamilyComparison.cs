using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Models.Families;

/// <summary>Hidden states (embedding output, each block's output, the last after the final norm) and logits of plain equations.</summary>
internal sealed record PlainOutput(IReadOnlyList<double[][]> States, double[][] Logits);

/// <summary>Compares the decoder of a configuration with plain equations on random weights.</summary>
internal static class FamilyComparison
{
    // Longer than the windows and short context lengths of the configurations.
    public static readonly int[] Ids = [3, 1, 4, 15, 9, 2, 6, 5, 3, 5, 8, 9];

    private const double Tolerance = 2e-7; // the scores' factor is a float32 number, all else float64

    public static void Run(string config, Func<PlainCheckpoint, int[], PlainOutput> forward)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        DecoderSpec spec = ModelFamilies.Describe(ModelConfig.Parse(config, "config.json"));
        PlainCheckpoint checkpoint = new(spec);
        PlainOutput expected = forward(checkpoint, Ids);
        using Decoder decoder = Decoder.Build(spec, checkpoint, CPU, ScalarType.Float64);
        Tensor ids = tensor(Array.ConvertAll(Ids, id => (long)id), [1, Ids.Length]);

        using AttentionContext context = decoder.Begin(1, Ids.Length);
        Tensor hidden = decoder.Embed(ids, context);
        Assert.Equal(spec.Layers + 1, expected.States.Count);
        for (int layer = 0; layer < spec.Layers; layer++)
        {
            Close(expected.States[layer], hidden, $"hidden state {layer}");
            hidden = decoder.Blocks[layer].Forward(hidden, context);
        }

        Tensor normalised = decoder.FinalNorm(hidden);
        Close(expected.States[^1], normalised, "last hidden state");
        Close(expected.Logits, decoder.Logits(normalised), "logits");
        Assert.Empty(decoder.UnusedTensors);
        if (spec.Rotary?.Scaling?.Regime(Ids.Length) is null or 0)
        {
            Close(expected.Logits, InPieces(decoder, ids), "logits with a cache");
        }
    }

    private static Tensor InPieces(Decoder decoder, Tensor ids)
    {
        using KeyValueCache cache = new(decoder.Blocks.Count);
        List<Tensor> logits = [];
        foreach ((long start, long length) in new (long, long)[] { (0, 5), (5, 1), (6, 1), (7, 5) })
        {
            logits.Add(decoder.Logits(decoder.FinalNorm(decoder.Hidden(ids.narrow(1, start, length), cache))));
        }

        return cat(logits, 0);
    }

    private static void Close(double[][] expected, Tensor actual, string what)
    {
        Tensor reference = tensor(expected.SelectMany(row => row).ToArray(), [expected.Length, expected[0].Length], ScalarType.Float64);
        Assert.Equal(reference.shape, actual.shape);
        double difference = (reference - actual).abs().max().ToDouble();
        Assert.True(difference < Tolerance, $"{what}: differs by {difference}");
    }
}
