using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Models.Families;

/// <summary>Random weights for an architecture, as a checkpoint for the decoder and as arrays for plain equations.</summary>
internal sealed class PlainCheckpoint : ITensorSource
{
    private readonly Dictionary<string, (double[] Values, long[] Shape)> _tensors = [];

    public PlainCheckpoint(DecoderSpec spec, int seed = 7)
    {
        Random random = new(seed);
        foreach (DecoderTensor tensor in DecoderTensors.Of(spec))
        {
            double[] values = new double[tensor.Shape.Aggregate(1L, (product, size) => product * size)];
            bool normWeight = tensor.Shape.Count == 1 && tensor.Name.EndsWith(".weight", StringComparison.Ordinal);
            double centre = normWeight ? 1 - spec.NormWeightOffset : 0;
            for (int index = 0; index < values.Length; index++)
            {
                values[index] = centre + ((random.NextDouble() - 0.5) * 0.9);
            }

            _tensors[tensor.Name] = (values, [.. tensor.Shape]);
        }
    }

    public string Description => "plain checkpoint";

    public IEnumerable<string> Names => _tensors.Keys;

    public bool Contains(string name) => _tensors.ContainsKey(name);

    public Tensor Read(string name) => tensor(_tensors[name].Values, _tensors[name].Shape, ScalarType.Float64);

    public double[] Vector(string name) => _tensors[name].Values;

    public double[][] Matrix(string name) => [.. _tensors[name].Values.Chunk((int)_tensors[name].Shape[1])];

    /// <summary>y = W x + b of a linear map, with its bias where it has one.</summary>
    public double[][] Linear(double[][] rows, string module) =>
        PlainMath.Linear(rows, Matrix(module + ".weight"), Contains(module + ".bias") ? Vector(module + ".bias") : null);

    public double[][] LayerNorm(double[][] rows, string module, double epsilon) =>
        PlainMath.LayerNorm(rows, Vector(module + ".weight"), Vector(module + ".bias"), epsilon);

    public double[][] RmsNorm(double[][] rows, string module, double epsilon) => PlainMath.RmsNorm(rows, Vector(module + ".weight"), epsilon);

    public double[][] Rows(string module, IEnumerable<int> indices) => [.. indices.Select(index => Matrix(module + ".weight")[index])];
}
