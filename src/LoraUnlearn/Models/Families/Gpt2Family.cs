using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Models.Families;

/// <summary>GPT-2: learned positions, weights stored [i,o] (Conv1D; PEFT's fan_in_fan_out), query, key and value in one matrix.</summary>
public sealed class Gpt2Family : IModelFamily
{
    private static readonly DecoderNames Names = new()
    {
        OptionalPrefix = "transformer.",
        Embedding = "transformer.wte",
        PositionEmbedding = "transformer.wpe",
        AttentionNorm = "transformer.h.{0}.ln_1",
        MlpNorm = "transformer.h.{0}.ln_2",
        Query = "transformer.h.{0}.attn.c_attn",
        Output = "transformer.h.{0}.attn.c_proj",
        Up = "transformer.h.{0}.mlp.c_fc",
        Down = "transformer.h.{0}.mlp.c_proj",
        FinalNorm = "transformer.ln_f",
        Head = "lm_head",
    };

    /// <inheritdoc/>
    public IReadOnlyList<string> ModelTypes { get; } = ["gpt2"];

    /// <inheritdoc/>
    public DecoderSpec Describe(ModelConfig config)
    {
        FamilyConfig keys = new(config);
        int width = keys.Size("n_embd"), heads = keys.Size("n_head");
        long headWidth = HeadSizes.Divide(keys, width, heads);
        keys.Ignore("n_ctx", "reorder_and_upcast_attn"); // n_positions under an old name; a matter of rounding alone
        DecoderSpec spec = new()
        {
            Family = keys.ModelType,
            VocabularySize = keys.Size("vocab_size"),
            Width = width,
            Layers = keys.Layers("n_layer"),
            Heads = heads,
            KeyValueHeads = heads,
            HeadWidth = headWidth,
            MlpWidth = keys.Size("n_inner", 4 * width),
            MaximumLength = keys.Size("n_positions", 1024),
            Norm = NormKind.Layer,
            NormEpsilon = keys.Positive("layer_norm_epsilon", 1e-5),
            Activation = ActivationNames.Parse(keys, "activation_function", "gelu_new"),
            GatedMlp = false,
            QueryKeyValue = ProjectionLayout.Concatenated,
            TransposedWeights = true,
            Biases = Biases.Blocks,
            AttentionScale = keys.Flag("scale_attn_weights", true) ? 1 / Math.Sqrt(headWidth) : 1,
            AttentionScaledByLayer = keys.Flag("scale_attn_by_inverse_layer_idx", false),
            TiedHead = keys.Flag("tie_word_embeddings", true),
            Names = Names,
        };
        keys.RefuseUnread();
        return spec;
    }
}
