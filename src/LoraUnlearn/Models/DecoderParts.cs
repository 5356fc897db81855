using LoraUnlearn.Checkpoints;
using LoraUnlearn.Quantization;
using LoraUnlearn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Models;

/// <summary>Reads the tensors of a decoder, checks their shapes, and puts the parts together.</summary>
internal sealed class DecoderParts
{
    private readonly DecoderNames _names;
    private readonly CheckpointNames _checkpoint;
    private readonly ITensorSource _source;
    private readonly IReadOnlyDictionary<string, IReadOnlyList<long>> _shapes;
    private readonly List<Tensor> _loaded = [];
    private readonly List<QuantisedMatrix> _matrices = [];
    private readonly BaseWeights _base;

    public DecoderParts(DecoderSpec spec, ITensorSource source, Device device, ScalarType dtype, BasePrecision precision, QuantisationConfig? quantisation)
    {
        Spec = spec.Validate(source.Description);
        _names = spec.Names;
        _source = source;
        _shapes = DecoderTensors.Of(spec).ToDictionary(tensor => tensor.Name, tensor => tensor.Shape, StringComparer.Ordinal);
        _checkpoint = new CheckpointNames(source, _names.OptionalPrefix);
        _base = new BaseWeights(source, _checkpoint, precision, quantisation);
        Device = device;
        Dtype = dtype;
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Rotary = spec.Rotary is null ? null : new RotaryEmbedding(spec.Rotary, dtype, device);
        Embedding = Read(_names.Embedding + ".weight");
        PositionEmbedding = _names.PositionEmbedding is null ? null : Read(_names.PositionEmbedding + ".weight");
        EmbeddingProjection = Optional(_names.EmbeddingProjection + ".weight");
        Blocks = [.. Enumerable.Range(0, spec.Layers).Select(Block)];
        FinalNorm = _names.FinalNorm is null ? null : NormOf(_names.FinalNorm);
        HeadProjection = Optional(_names.HeadProjection + ".weight");
        HeadWeight = spec.TiedHead ? Embedding : Read(_names.Head + ".weight");
        HeadBias = Bias(_names.Head);
        UnusedTensors = _checkpoint.Unused(_shapes.Keys.Concat(_base.Names), spec.TiedHead ? _names.Head + ".weight" : null);
        foreach (Tensor tensor in _loaded)
        {
            scope.Detach(tensor);
        }

        Weights = _loaded;
    }

    public DecoderSpec Spec { get; }

    public Device Device { get; }

    public ScalarType Dtype { get; }

    public RotaryEmbedding? Rotary { get; }

    public Tensor Embedding { get; }

    public Tensor? PositionEmbedding { get; }

    public Tensor? EmbeddingProjection { get; }

    public IReadOnlyList<DecoderBlock> Blocks { get; }

    public Norm? FinalNorm { get; }

    public Tensor? HeadProjection { get; }

    public Tensor HeadWeight { get; }

    public Tensor? HeadBias { get; }

    public IReadOnlyList<Tensor> Weights { get; }

    public IReadOnlyList<QuantisedMatrix> Matrices => _matrices;

    public long WeightBytes { get; private set; }

    public IReadOnlyList<string> UnusedTensors { get; }

    private DecoderBlock Block(int layer)
    {
        bool fused = Spec.QueryKeyValue != ProjectionLayout.Separate;
        LinearMap query = Map(_names.Query, layer);
        LinearMap? key = fused ? null : Map(_names.Key!, layer);
        LinearMap? value = fused ? null : Map(_names.Value!, layer);
        LinearMap output = Map(_names.Output, layer);
        LinearMap? gate = Spec.GatedMlp ? Map(_names.Gate!, layer) : null;
        LinearMap? up = Spec.FusedGateUp ? null : Map(_names.Up!, layer);
        LinearMap down = Map(_names.Down, layer);
        Attention attention = new(
            Spec, layer, Rotary, query, key, value, output,
            Spec.QueryKeyNorm ? NormOf(_names.QueryNorm!, layer) : null,
            Spec.QueryKeyNorm ? NormOf(_names.KeyNorm!, layer) : null);
        return new DecoderBlock(
            Spec.Layout,
            attention,
            new Mlp(Spec.Activation, gate, up, down),
            NormOf(_names.AttentionNorm, layer),
            _names.MlpNorm is null ? null : NormOf(_names.MlpNorm, layer),
            _names.PostAttentionNorm is null ? null : NormOf(_names.PostAttentionNorm, layer),
            _names.PostMlpNorm is null ? null : NormOf(_names.PostMlpNorm, layer),
            [.. new[] { query, key, value, output, gate, up, down }.OfType<LinearMap>()]);
    }

    private Norm NormOf(string template, int layer = 0)
    {
        string module = DecoderNames.Of(template, layer);
        Tensor weight = Read(module + ".weight");
        if (Spec.NormWeightOffset != 0)
        {
            // Added in float32, and the factor stays there: 1 + w has fewer digits in a narrow type than w alone.
            bool narrow = Dtype is ScalarType.BFloat16 or ScalarType.Float16;
            weight = Keep((narrow ? weight.to_type(ScalarType.Float32) : weight).Plus(Spec.NormWeightOffset));
        }

        return new Norm(Spec.Norm, Spec.NormEpsilon, weight, Bias(module));
    }

    private LinearMap Map(string template, int layer)
    {
        string module = DecoderNames.Of(template, layer), name = module + ".weight";
        (long rows, long columns) = Spec.WidthsOf(_shapes[name]);
        switch (_base.Find(module, rows, columns))
        {
            case { } stored when _base.Precision == BasePrecision.Full:
                Tensor weight;
                using (stored)
                {
                    weight = Keep(stored.Dequantise(Dtype).to(Device));
                }

                return Kept(new LinearMap(module, weight, Bias(module)));

            case { } matrix:
                return new LinearMap(module, Keep(matrix), Bias(module), Spec.TransposedWeights);

            case null when _base.Precision is BasePrecision.FourBit or BasePrecision.EightBit:
                Tensor Original()
                {
                    using DisposeScope scope = NewDisposeScope();
                    Tensor original = Checked(name);
                    return (Spec.TransposedWeights ? original.t() : original).MoveToOuterDisposeScope();
                }

                using (Tensor original = Original())
                {
                    QuantisedMatrix quantised = Keep(BaseWeights.Quantise(original, _base.Precision));
                    return new LinearMap(module, quantised, Bias(module), Spec.TransposedWeights) { ReadOriginal = Original };
                }

            default:
                return Kept(new LinearMap(module, Read(name), Bias(module), Spec.TransposedWeights));
        }
    }

    private LinearMap Kept(LinearMap map)
    {
        _loaded.AddRange([map.Weight, map.WeightTransposed]); // views
        return map;
    }

    private QuantisedMatrix Keep(QuantisedMatrix matrix)
    {
        QuantisedMatrix moved = matrix.MovedTo(Device);
        _matrices.Add(moved);
        WeightBytes += moved.ByteCount;
        return moved;
    }

    private Tensor? Bias(string module)
    {
        string name = module + ".bias";
        if (!_shapes.ContainsKey(name) && _checkpoint.Find(name) is { } stored && !_base.IsIdleBias(stored))
        {
            throw new InputException(
                $"{_source.Description}: there is a tensor '{stored}', but config.json (model_type '{Spec.Family}') describes a model without it; one of the two files is not right.");
        }

        return Optional(name);
    }

    private Tensor? Optional(string name) => _shapes.ContainsKey(name) ? Read(name) : null;

    private Tensor Read(string name)
    {
        Tensor stored = Checked(name);
        if (stored.dtype == Dtype && stored.device_type == Device.type)
        {
            return Keep(stored);
        }

        Tensor moved = stored.to(Dtype, Device);
        stored.Dispose();
        return Keep(moved);
    }

    // The tensor as the checkpoint has it, once its shape and type are known to be right.
    private Tensor Checked(string name)
    {
        IReadOnlyList<long> shape = _shapes[name];
        Tensor stored = _source.Read(_checkpoint.Find(name) ?? name);
        if (!stored.shape.AsSpan().SequenceEqual([.. shape]))
        {
            throw new InputException(
                $"{_source.Description}: tensor '{name}' has shape [{string.Join(",", stored.shape)}]; config.json asks for [{string.Join(",", shape)}].");
        }

        return stored.is_floating_point()
            ? stored
            : throw new InputException($"{_source.Description}: tensor '{name}' is of type {stored.dtype}; expected a floating-point type. Quantised weights need their quantization_config in config.json.");
    }

    private Tensor Keep(Tensor tensor)
    {
        _loaded.Add(tensor);
        WeightBytes += tensor.NumberOfElements * tensor.ElementSize;
        return tensor;
    }
}

/// <summary>Finds an architecture's tensors in a checkpoint that may leave out the first part of their names.</summary>
internal sealed class CheckpointNames
{
    // What old checkpoints store beside the weights: tables that follow from the configuration.
    private static readonly string[] Buffers =
    [
        "rotary_emb.inv_freq", "rotary_emb.cos_cached", "rotary_emb.sin_cached", "attn.bias", "attn.masked_bias",
        "attention.bias", "attention.masked_bias", "embed_positions.weights", "position_ids",
    ];

    private readonly ITensorSource _source;
    private readonly string _prefix;

    /// <summary>Prepares the search.</summary>
    /// <param name="source">The checkpoint.</param>
    /// <param name="prefix">The part that may be missing, such as <c>model.</c>.</param>
    public CheckpointNames(ITensorSource source, string prefix)
    {
        _source = source;
        _prefix = prefix;
    }

    /// <summary>The stored name of a tensor, or null where the checkpoint has none.</summary>
    /// <param name="name">Its full name.</param>
    public string? Find(string name) => Candidates(name).FirstOrDefault(_source.Contains);

    /// <summary>The checkpoint's tensors that are neither known nor buffers, in the order of their names.</summary>
    /// <param name="known">Full names.</param>
    /// <param name="tied">A further known name: the head's, where it is the embedding.</param>
    public IReadOnlyList<string> Unused(IEnumerable<string> known, string? tied)
    {
        HashSet<string> used = new(known.Append(tied ?? string.Empty).SelectMany(Candidates), StringComparer.Ordinal);
        return
        [
            .. _source.Names
                .Where(name => !used.Contains(name) && !Buffers.Any(buffer => name.EndsWith(buffer, StringComparison.Ordinal)))
                .Order(StringComparer.Ordinal),
        ];
    }

    private IEnumerable<string> Candidates(string name)
    {
        yield return name;
        if (_prefix.Length > 0)
        {
            yield return name.StartsWith(_prefix, StringComparison.Ordinal) ? name[_prefix.Length..] : _prefix + name;
        }
    }
}
