using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Benchmarking;

/// <summary>Seeded random weights for an architecture that has no checkpoint.</summary>
internal sealed class RandomWeights : ITensorSource
{
    private readonly Dictionary<string, long[]> _shapes = [];
    private readonly long _seed;

    public RandomWeights(DecoderSpec spec, long seed)
    {
        _seed = seed;
        DecoderNames names = spec.Names;
        long d = spec.Width, m = spec.MlpWidth, q = spec.Heads * spec.HeadWidth, kv = spec.KeyValueHeads * spec.HeadWidth;
        _shapes[names.Embedding + ".weight"] = [spec.VocabularySize, d];
        _shapes[names.Head + ".weight"] = [spec.VocabularySize, d];
        _shapes[names.FinalNorm + ".weight"] = [d];
        for (int layer = 0; layer < spec.Layers; layer++)
        {
            foreach ((string? name, long[] shape) in new (string?, long[])[]
            {
                (names.AttentionNorm, [d]), (names.MlpNorm, [d]), (names.Query, [q, d]), (names.Key, [kv, d]), (names.Value, [kv, d]),
                (names.Output, [d, q]), (names.Gate, [m, d]), (names.Up, [m, d]), (names.Down, [d, m]),
            })
            {
                _shapes[DecoderNames.Of(name!, layer) + ".weight"] = shape;
            }
        }
    }

    public string Description => "random weights";

    public long Parameters => _shapes.Values.Sum(shape => shape.Aggregate(1L, (product, size) => product * size));

    public bool Contains(string name) => _shapes.ContainsKey(name);

    public Tensor Read(string name)
    {
        long[] shape = _shapes[name];
        if (shape.Length == 1)
        {
            return ones(shape, ScalarType.Float32);
        }

        using Generator generator = new((ulong)(_seed + Array.IndexOf([.. _shapes.Keys], name)));
        return randn(shape, ScalarType.Float32, generator: generator).mul_(0.02);
    }
}
