using LoraUnlearn.Checkpoints;
using LoraUnlearn.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.DemoModel.Training;

/// <summary>
/// All weights of a model as one float32 vector θ, and each tensor as a view of it: the optimiser sees the vector, the
/// decoder the tensors.
/// </summary>
internal sealed class Weights : ITensorSource, IDisposable
{
    private readonly Dictionary<string, (long Start, long[] Shape)> _places = new(StringComparer.Ordinal);

    private Weights(Tensor vector) => Vector = vector;

    /// <summary>θ [p], float32.</summary>
    public Tensor Vector { get; }

    /// <summary>The tensors' names in the order of their places in θ.</summary>
    public IEnumerable<string> Names => _places.OrderBy(place => place.Value.Start).Select(place => place.Key);

    /// <inheritdoc/>
    public string Description => "the demo's weights";

    /// <summary>Draws initial weights: normal with each tensor's deviation, norms at one.</summary>
    /// <param name="shape">The model's size.</param>
    /// <param name="seed">The same seed gives the same weights on every machine.</param>
    public static Weights Draw(LlamaShape shape, long seed)
    {
        SeededRandom random = new(seed);
        List<float> values = [];
        List<(string Name, long Start, long[] Shape)> places = [];
        foreach ((string module, long[] size, double deviation) in shape.Tensors())
        {
            places.Add((module + ".weight", values.Count, size));
            long count = size.Aggregate(1L, (product, length) => product * length);
            for (long i = 0; i < count; i++)
            {
                values.Add(deviation == 0 ? 1 : (float)(deviation * Normal(random)));
            }
        }

        Weights weights = new(tensor(values.ToArray()).DetachFromDisposeScope());
        foreach ((string name, long start, long[] size) in places)
        {
            weights._places.Add(name, (start, size));
        }

        return weights;
    }

    /// <inheritdoc/>
    public bool Contains(string name) => _places.ContainsKey(name);

    /// <summary>The tensor itself, not a copy: it changes with θ.</summary>
    public Tensor Read(string name)
    {
        (long start, long[] size) = _places[name];
        using DisposeScope scope = NewDisposeScope();
        long count = size.Aggregate(1L, (product, length) => product * length);
        return Vector.narrow(0, start, count).view(size).detach().MoveToOuterDisposeScope();
    }

    /// <summary>Rounds θ to the float16 values that will be stored, so that what is measured is what is shipped.</summary>
    public void RoundToHalf()
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Vector.copy_(Vector.to_type(ScalarType.Float16).to_type(ScalarType.Float32));
    }

    /// <summary>Writes the tensors as float16.</summary>
    /// <param name="path">The safetensors file.</param>
    public void Write(string path)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        SafetensorsWriter.Write(
            path,
            Names.Select(name => KeyValuePair.Create(name, Read(name).to_type(ScalarType.Float16))).ToArray(),
            new Dictionary<string, string> { ["format"] = "pt" });
    }

    /// <inheritdoc/>
    public void Dispose() => Vector.Dispose();

    /// <summary>A draw from the standard normal distribution (Box–Muller).</summary>
    private static double Normal(SeededRandom random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
