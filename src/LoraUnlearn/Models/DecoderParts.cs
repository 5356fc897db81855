using LoraUnlearn.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Models;

/// <summary>Reads the tensors of a decoder, checks their shapes, and puts the parts together.</summary>
internal sealed class DecoderParts
{
    private readonly DecoderNames _names;
    private readonly ITensorSource _source;
    private readonly List<Tensor> _loaded = [];

    public DecoderParts(DecoderSpec spec, ITensorSource source, Device device, ScalarType dtype)
    {
        Spec = spec.Validate(source.Description);
        _names = spec.Names;
        _source = source;
        Device = device;
        Dtype = dtype;
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Rotary = spec.Rotary is null ? null : new RotaryEmbedding(spec.Rotary, dtype, device);
        Embedding = Weight(_names.Embedding, [spec.VocabularySize, spec.Width]);
        PositionEmbedding = _names.PositionEmbedding is null
            ? null
            : Weight(_names.PositionEmbedding, [spec.MaximumLength + spec.PositionOffset, spec.Width]);
        Blocks = [.. Enumerable.Range(0, spec.Layers).Select(Block)];
        FinalNorm = _names.FinalNorm is null ? null : NormOf(_names.FinalNorm, spec.Width);
        bool ownHead = !spec.TiedHead && (Has(_names.Head + ".weight") || _names.Head != _names.Embedding);
        HeadWeight = ownHead ? Weight(_names.Head, [spec.VocabularySize, spec.Width]) : Embedding;
        HeadBias = Has(_names.Head + ".bias") ? Read(_names.Head + ".bias", [spec.VocabularySize]) : null;
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

    public IReadOnlyList<DecoderBlock> Blocks { get; }

    public Norm? FinalNorm { get; }

    public Tensor HeadWeight { get; }

    public Tensor? HeadBias { get; }

    public IReadOnlyList<Tensor> Weights { get; }

    private DecoderBlock Block(int layer)
    {
        long heads = Spec.Heads * Spec.HeadWidth, pairs = Spec.KeyValueHeads * Spec.HeadWidth, d = Spec.Width, m = Spec.MlpWidth;
        bool fused = Spec.QueryKeyValue != ProjectionLayout.Separate;
        LinearMap query = Map(_names.Query, layer, d, fused ? heads + (2 * pairs) : heads);
        LinearMap? key = fused ? null : Map(_names.Key!, layer, d, pairs);
        LinearMap? value = fused ? null : Map(_names.Value!, layer, d, pairs);
        LinearMap output = Map(_names.Output, layer, heads, d);
        LinearMap? gate = Spec.GatedMlp ? Map(_names.Gate!, layer, d, Spec.FusedGateUp ? 2 * m : m) : null;
        LinearMap? up = Spec.FusedGateUp ? null : Map(_names.Up!, layer, d, m);
        LinearMap down = Map(_names.Down, layer, m, d);
        Attention attention = new(
            Spec, layer, Rotary, query, key, value, output,
            Spec.QueryKeyNorm ? NormOf(DecoderNames.Of(_names.QueryNorm!, layer), Spec.HeadWidth) : null,
            Spec.QueryKeyNorm ? NormOf(DecoderNames.Of(_names.KeyNorm!, layer), Spec.HeadWidth) : null);
        return new DecoderBlock(
            Spec.Layout,
            attention,
            new Mlp(Spec.Activation, gate, up, down),
            NormOf(DecoderNames.Of(_names.AttentionNorm, layer), d),
            OptionalNorm(_names.MlpNorm, layer),
            OptionalNorm(_names.PostAttentionNorm, layer),
            OptionalNorm(_names.PostMlpNorm, layer),
            [.. new[] { query, key, value, output, gate, up, down }.OfType<LinearMap>()]);
    }

    private Norm? OptionalNorm(string? template, int layer) =>
        template is null ? null : NormOf(DecoderNames.Of(template, layer), Spec.Width);

    private Norm NormOf(string module, long width)
    {
        Tensor weight = Read(module + ".weight", [width]);
        if (Spec.NormWeightOffset != 0)
        {
            weight = Keep(weight + Spec.NormWeightOffset);
        }

        return new Norm(Spec.Norm, Spec.NormEpsilon, weight, Has(module + ".bias") ? Read(module + ".bias", [width]) : null);
    }

    private LinearMap Map(string template, int layer, long input, long output)
    {
        string module = DecoderNames.Of(template, layer);
        Tensor weight = Weight(module, Spec.TransposedWeights ? [input, output] : [output, input]);
        LinearMap map = new(module, weight, Has(module + ".bias") ? Read(module + ".bias", [output]) : null, Spec.TransposedWeights);
        Keep(map.Weight);
        Keep(map.WeightTransposed);
        return map;
    }

    private Tensor Weight(string module, long[] shape) => Read(module + ".weight", shape);

    private bool Has(string name) => Resolve(name) is not null;

    private string? Resolve(string name)
    {
        if (_source.Contains(name))
        {
            return name;
        }

        string prefix = _names.OptionalPrefix;
        string bare = prefix.Length > 0 && name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : prefix + name;
        return _source.Contains(bare) ? bare : null;
    }

    private Tensor Read(string name, long[] shape)
    {
        Tensor stored = _source.Read(Resolve(name) ?? name);
        if (!stored.shape.AsSpan().SequenceEqual(shape))
        {
            throw new InputException(
                $"{_source.Description}: tensor '{name}' has shape [{string.Join(",", stored.shape)}]; config.json asks for [{string.Join(",", shape)}].");
        }

        if (!stored.is_floating_point())
        {
            throw new InputException($"{_source.Description}: tensor '{name}' is of type {stored.dtype}; expected a floating-point type.");
        }

        if (stored.dtype == Dtype && stored.device_type == Device.type)
        {
            return Keep(stored);
        }

        Tensor moved = stored.to(Dtype, Device);
        stored.Dispose();
        return Keep(moved);
    }

    private Tensor Keep(Tensor tensor)
    {
        _loaded.Add(tensor);
        return tensor;
    }
}
