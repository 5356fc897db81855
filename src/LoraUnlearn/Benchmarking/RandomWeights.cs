using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Benchmarking;

/// <summary>Seeded random weights for an architecture that has no checkpoint.</summary>
internal sealed class RandomWeights : ITensorSource
{
    private readonly Dictionary<string, long[]> _shapes;
    private readonly long _seed;

    public RandomWeights(DecoderSpec spec, long seed)
    {
        _seed = seed;
        _shapes = DecoderTensors.Of(spec).ToDictionary(tensor => tensor.Name, tensor => tensor.Shape.ToArray(), StringComparer.Ordinal);
    }

    public string Description => "random weights";

    public long Parameters => _shapes.Values.Sum(shape => shape.Aggregate(1L, (product, size) => product * size));

    public bool Contains(string name) => _shapes.ContainsKey(name);

    public Tensor Read(string name)
    {
        long[] shape = _shapes[name];
        if (shape.Length == 1)
        {
            return name.EndsWith(".bias", StringComparison.Ordinal) ? zeros(shape, ScalarType.Float32) : ones(shape, ScalarType.Float32);
        }

        using Generator generator = new((ulong)(_seed + Array.IndexOf([.. _shapes.Keys], name)));
        return randn(shape, ScalarType.Float32, generator: generator).mul_(Held(0.02));
    }
}
