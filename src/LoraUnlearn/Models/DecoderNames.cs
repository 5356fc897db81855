namespace LoraUnlearn.Models;

/// <summary>
/// Module names of a family, as Hugging Face's model class has them (PEFT uses the same names). "{0}" stands for the layer
/// number; null means that the family has no such module. A tensor's name is the module's followed by ".weight" or ".bias".
/// </summary>
public sealed record DecoderNames
{
    /// <summary>Token embedding.</summary>
    public required string Embedding { get; init; }

    /// <summary>Learned position embedding.</summary>
    public string? PositionEmbedding { get; init; }

    /// <summary>From the embedding's width to the model's, where they differ.</summary>
    public string? EmbeddingProjection { get; init; }

    /// <summary>From the model's width to the output head's, where they differ.</summary>
    public string? HeadProjection { get; init; }

    /// <summary>Norm before the attention (or the shared one of a parallel block).</summary>
    public required string AttentionNorm { get; init; }

    /// <summary>Norm before the MLP.</summary>
    public string? MlpNorm { get; init; }

    /// <summary>Norm after the attention, before the residual (sandwich layout).</summary>
    public string? PostAttentionNorm { get; init; }

    /// <summary>Norm after the MLP, before the residual (sandwich layout).</summary>
    public string? PostMlpNorm { get; init; }

    /// <summary>Query projection, or the fused projection of query, key and value.</summary>
    public required string Query { get; init; }

    /// <summary>Key projection.</summary>
    public string? Key { get; init; }

    /// <summary>Value projection.</summary>
    public string? Value { get; init; }

    /// <summary>Norm of the query heads.</summary>
    public string? QueryNorm { get; init; }

    /// <summary>Norm of the key heads.</summary>
    public string? KeyNorm { get; init; }

    /// <summary>Output projection of the attention.</summary>
    public required string Output { get; init; }

    /// <summary>Gate projection of a gated MLP, or gate and up fused.</summary>
    public string? Gate { get; init; }

    /// <summary>Up projection of the MLP.</summary>
    public string? Up { get; init; }

    /// <summary>Down projection of the MLP.</summary>
    public required string Down { get; init; }

    /// <summary>Norm before the output head; null when there is none (OPT with post-norm).</summary>
    public string? FinalNorm { get; init; }

    /// <summary>Output head.</summary>
    public required string Head { get; init; }

    /// <summary>
    /// The prefix that a bare model class leaves out ("model.", "transformer."): a tensor is looked up with it, then without.
    /// </summary>
    public string OptionalPrefix { get; init; } = "model.";

    /// <summary>Every linear map of every block by its name as a module, block by block.</summary>
    /// <param name="spec">The architecture.</param>
    public static IEnumerable<string> Maps(DecoderSpec spec)
    {
        DecoderNames names = spec.Names;
        bool fused = spec.QueryKeyValue != ProjectionLayout.Separate;
        string?[] templates =
        [
            names.Query, fused ? null : names.Key, fused ? null : names.Value, names.Output,
            spec.GatedMlp ? names.Gate : null, spec.FusedGateUp ? null : names.Up, names.Down,
        ];
        return Enumerable.Range(0, spec.Layers).SelectMany(layer => templates.OfType<string>().Select(template => Of(template, layer)));
    }

    /// <summary>Puts the layer number into a name.</summary>
    /// <param name="template">One of the names.</param>
    /// <param name="layer">Block number from 0.</param>
    public static string Of(string template, int layer) =>
        template.Replace("{0}", layer.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
}

/// <summary>A tensor that an architecture has.</summary>
/// <param name="Name">Full name, with the prefix that bare checkpoints leave out.</param>
/// <param name="Shape">Sizes.</param>
public sealed record DecoderTensor(string Name, IReadOnlyList<long> Shape)
{
    /// <summary>For listings: <c>lm_head.weight [96,32]</c>.</summary>
    public override string ToString() => $"{Name} [{string.Join(",", Shape)}]";
}

/// <summary>Which tensors an architecture has, and their shapes: what a checkpoint must hold.</summary>
public static class DecoderTensors
{
    /// <summary>Lists the tensors: embeddings, blocks first to last, final norm, output head.</summary>
    /// <param name="spec">The architecture.</param>
    public static IReadOnlyList<DecoderTensor> Of(DecoderSpec spec) => new Listing(spec).Tensors;

    private sealed class Listing
    {
        private readonly DecoderSpec _spec;
        private readonly List<DecoderTensor> _tensors = [];

        public Listing(DecoderSpec spec)
        {
            _spec = spec;
            DecoderNames names = spec.Names;
            long d = spec.Width, e = spec.EmbeddingWidth ?? d;
            Add(names.Embedding + ".weight", spec.VocabularySize, e);
            if (names.PositionEmbedding is { } positions)
            {
                Add(positions + ".weight", spec.MaximumLength + spec.PositionOffset, d);
            }

            if (e != d)
            {
                Add(names.EmbeddingProjection + ".weight", d, e);
            }

            for (int layer = 0; layer < spec.Layers; layer++)
            {
                Block(layer);
            }

            Norm(names.FinalNorm, d);
            if (e != d)
            {
                Add(names.HeadProjection + ".weight", e, d);
            }

            if (!spec.TiedHead)
            {
                Add(names.Head + ".weight", spec.VocabularySize, e);
            }

            if (spec.Biases.HasFlag(Biases.Head))
            {
                Add(names.Head + ".bias", spec.VocabularySize);
            }
        }

        public IReadOnlyList<DecoderTensor> Tensors => _tensors;

        private void Block(int layer)
        {
            DecoderNames names = _spec.Names;
            long d = _spec.Width, m = _spec.MlpWidth, q = _spec.Heads * _spec.HeadWidth, kv = _spec.KeyValueHeads * _spec.HeadWidth;
            bool fused = _spec.QueryKeyValue != ProjectionLayout.Separate;
            Norm(Of(names.AttentionNorm, layer), d);
            Map(Of(names.Query, layer), d, fused ? q + (2 * kv) : q, Biases.QueryKeyValue);
            if (!fused)
            {
                Map(Of(names.Key, layer), d, kv, Biases.QueryKeyValue);
                Map(Of(names.Value, layer), d, kv, Biases.QueryKeyValue);
            }

            if (_spec.QueryKeyNorm)
            {
                Norm(Of(names.QueryNorm, layer), _spec.HeadWidth);
                Norm(Of(names.KeyNorm, layer), _spec.HeadWidth);
            }

            Map(Of(names.Output, layer), q, d, Biases.AttentionOutput);
            Norm(Of(names.PostAttentionNorm, layer), d);
            Norm(Of(names.MlpNorm, layer), d);
            if (_spec.GatedMlp)
            {
                Map(Of(names.Gate, layer), d, _spec.FusedGateUp ? 2 * m : m, Biases.Mlp);
            }

            if (!_spec.FusedGateUp)
            {
                Map(Of(names.Up, layer), d, m, Biases.Mlp);
            }

            Map(Of(names.Down, layer), m, d, Biases.Mlp);
            Norm(Of(names.PostMlpNorm, layer), d);
        }

        private void Norm(string? module, long width)
        {
            if (module is null)
            {
                return;
            }

            Add(module + ".weight", width);
            if (_spec.Norm == NormKind.Layer)
            {
                Add(module + ".bias", width);
            }
        }

        private void Map(string? module, long input, long output, Biases bias)
        {
            if (_spec.TransposedWeights)
            {
                Add(module + ".weight", input, output);
            }
            else
            {
                Add(module + ".weight", output, input);
            }

            if (_spec.Biases.HasFlag(bias))
            {
                Add(module + ".bias", output);
            }
        }

        private void Add(string name, params long[] shape) => _tensors.Add(new DecoderTensor(name, shape));

        private static string? Of(string? template, int layer) => template is null ? null : DecoderNames.Of(template, layer);
    }
}
