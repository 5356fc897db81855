using LoraUnlearn.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Models;

/// <summary>
/// All weights of a model as one float32 vector θ, and a decoder that computes with views of it: what full fine-tuning trains. The
/// views are leaves of the graph; their gradients are added up in <see cref="Gradient"/>, block by block.
/// </summary>
/// <remarks>θ and its gradient are two copies of the model in float32; AdamW's moments are two more.</remarks>
public sealed class ModelParameters : ITrainedParameters, IBlockTask, ITensorSource, IDisposable
{
    private readonly Dictionary<string, (long Start, long[] Shape)> _places = new(StringComparer.Ordinal); // by stored name
    private readonly Dictionary<string, Tensor> _handed = new(StringComparer.Ordinal); // by stored name; the decoder's
    private readonly IReadOnlyList<Leaf>[] _blocks;

    private ModelParameters(ModelFolder folder, DecoderSpec spec, Device device)
    {
        Description = folder.Weights.Path;
        CheckpointNames names = new(folder.Weights, spec.Names.OptionalPrefix);
        List<(string Full, string Stored)> tensors = [.. DecoderTensors.Of(spec).Select(tensor => (tensor.Name, names.Find(tensor.Name) ?? tensor.Name))];
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        long count = 0;
        foreach ((_, string stored) in tensors)
        {
            SafetensorsEntry entry = folder.Weights.Entries[stored];
            if (!FloatingBytes.Has(entry.DType))
            {
                throw new InputException($"{Description}: '{stored}' is stored as {entry.DType}; full fine-tuning needs weights of F32, BF16, F16 or F64. Take the unquantised model, or train an adapter.");
            }

            _places[stored] = (count, entry.Shape);
            count += Count(entry.Shape);
        }

        Parameters = empty([count], ScalarType.Float32, device).DetachFromDisposeScope();
        Gradient = zeros([count], ScalarType.Float32, device).DetachFromDisposeScope();
        foreach ((string stored, (long start, long[] shape)) in _places)
        {
            using Tensor values = folder.Weights.Read(stored);
            Parameters.narrow(0, start, values.numel()).view(shape).copy_(values);
        }

        Decoder = Decoder.Build(spec, this, device, ScalarType.Float32);
        Dictionary<string, LinearMap> maps = Decoder.Maps.ToDictionary(map => map.Name + ".weight", StringComparer.Ordinal);
        Dictionary<string, Leaf> leaves = tensors.ToDictionary(tensor => tensor.Full, tensor => LeafOf(tensor.Stored, maps.GetValueOrDefault(tensor.Full)), StringComparer.Ordinal);
        string[] prefixes = [.. Enumerable.Range(0, spec.Layers).Select(layer => PrefixOf(spec.Names.Query, layer))];
        _blocks = [.. prefixes.Select(prefix => (IReadOnlyList<Leaf>)[.. leaves.Where(leaf => leaf.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(leaf => leaf.Value)])];
        string[] front = [spec.Names.Embedding + ".weight", spec.Names.PositionEmbedding + ".weight", spec.Names.EmbeddingProjection + ".weight"];
        EmbeddingLeaves = [.. front.Where(leaves.ContainsKey).Select(name => leaves[name])];
        HeadLeaves =
        [
            .. leaves.Where(leaf => !front.Contains(leaf.Key) && !prefixes.Any(prefix => leaf.Key.StartsWith(prefix, StringComparison.Ordinal))).Select(leaf => leaf.Value),
            .. spec.TiedHead ? EmbeddingLeaves.Take(1) : [],
        ];
    }

    /// <inheritdoc/>
    public Decoder Decoder { get; }

    /// <inheritdoc/>
    public Tensor Parameters { get; }

    /// <inheritdoc/>
    public Tensor Gradient { get; }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public IEnumerable<string> Names => _places.Keys;

    /// <inheritdoc/>
    public int LowestBlock => 0;

    /// <inheritdoc/>
    public bool WantsLowestInput => true;

    /// <summary>The weights that make hidden state 0 of the token ids.</summary>
    internal IReadOnlyList<Leaf> EmbeddingLeaves { get; }

    /// <summary>The weights that make logits of the last hidden state; the embedding is among them where the head is tied to it.</summary>
    internal IReadOnlyList<Leaf> HeadLeaves { get; }

    /// <summary>Copies a model's weights to float32.</summary>
    /// <param name="folder">The model.</param>
    /// <param name="device">Where to compute.</param>
    /// <exception cref="InputException">A tensor is missing, or the model's norms are stored less one (Gemma), which is not supported.</exception>
    public static ModelParameters Load(ModelFolder folder, Device device)
    {
        DecoderSpec spec = CheckpointFit.Check(folder);
        if (spec.NormWeightOffset != 0)
        {
            throw new InputException($"{folder.Path}: a {spec.Family} model adds {spec.NormWeightOffset} to the stored weights of its norms, and full fine-tuning does not train such norms; train an adapter instead (leave --full out).");
        }

        return new ModelParameters(folder, spec, device);
    }

    /// <inheritdoc/>
    public bool Contains(string name) => _places.ContainsKey(name);

    /// <summary>The tensor itself, not a copy: it changes with θ.</summary>
    /// <param name="name">Its name in the checkpoint.</param>
    public Tensor Read(string name)
    {
        (long start, long[] shape) = _places[name];
        using DisposeScope scope = NewDisposeScope();
        return _handed[name] = Parameters.narrow(0, start, Count(shape)).view(shape).detach().MoveToOuterDisposeScope();
    }

    /// <summary>Where a tensor's values begin in θ; null where it is no weight of the model.</summary>
    /// <param name="name">Its name in the checkpoint.</param>
    internal long? StartOf(string name) => _places.TryGetValue(name, out (long Start, long[] Shape) place) ? place.Start : null;

    /// <summary>Nothing is kept of the weights between passes, so that there is nothing to hold.</summary>
    public IDisposable HoldStill() => new Nothing();

    /// <inheritdoc/>
    public ILinearObserver? ObserverFor(int block) => null;

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> Inputs(int block) => [.. _blocks[block].Select(leaf => leaf.Value)];

    /// <inheritdoc/>
    public void Receive(int block, IReadOnlyList<Tensor> gradients) => Add(_blocks[block], gradients);

    /// <summary>Adds gradients of some leaves to <see cref="Gradient"/>.</summary>
    internal static void Add(IReadOnlyList<Leaf> leaves, IEnumerable<Tensor> gradients)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach ((Leaf leaf, Tensor gradient) in leaves.Zip(gradients))
        {
            leaf.Gradient.Increase(gradient);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Leaf leaf in _blocks.SelectMany(leaves => leaves).Concat(EmbeddingLeaves).Concat(HeadLeaves))
        {
            leaf.Gradient.Dispose();
        }

        Decoder.Dispose();
        Parameters.Dispose();
        Gradient.Dispose();
    }

    // A linear map multiplies by its transposed view, made outside the graph: that view is the leaf.
    private Leaf LeafOf(string stored, LinearMap? map)
    {
        (long start, long[] shape) = _places[stored];
        Tensor gradient = Gradient.narrow(0, start, Count(shape)).view(shape);
        gradient = map is { IsTransposed: false } ? gradient.t() : gradient;
        Tensor value = map is null ? _handed[stored] : map.WeightTransposed;
        return new Leaf(value.requires_grad_(true), gradient.DetachFromDisposeScope());
    }

    private static string PrefixOf(string template, int layer)
    {
        const string Number = "{0}";
        return DecoderNames.Of(template[..(template.IndexOf(Number, StringComparison.Ordinal) + Number.Length)], layer) + ".";
    }

    private static long Count(long[] shape) => shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>A weight that is differentiated by, and the place of its gradient in the same shape.</summary>
    internal sealed record Leaf(Tensor Value, Tensor Gradient);

    private sealed class Nothing : IDisposable
    {
        public void Dispose()
        {
        }
    }
}
