using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Models.Families;

/// <summary>
/// OPT: learned positions that begin at row 2, ReLU. OPT-350m has its norms after the residual sums, none at the end, and an
/// embedding narrower than the model.
/// </summary>
public sealed class OptFamily : IModelFamily
{
    private static readonly DecoderNames Names = new()
    {
        Embedding = "model.decoder.embed_tokens",
        PositionEmbedding = "model.decoder.embed_positions",
        EmbeddingProjection = "model.decoder.project_in",
        HeadProjection = "model.decoder.project_out",
        AttentionNorm = "model.decoder.layers.{0}.self_attn_layer_norm",
        MlpNorm = "model.decoder.layers.{0}.final_layer_norm",
        Query = "model.decoder.layers.{0}.self_attn.q_proj",
        Key = "model.decoder.layers.{0}.self_attn.k_proj",
        Value = "model.decoder.layers.{0}.self_attn.v_proj",
        Output = "model.decoder.layers.{0}.self_attn.out_proj",
        Up = "model.decoder.layers.{0}.fc1",
        Down = "model.decoder.layers.{0}.fc2",
        FinalNorm = "model.decoder.final_layer_norm",
        Head = "lm_head",
    };

    /// <inheritdoc/>
    public IReadOnlyList<string> ModelTypes { get; } = ["opt"];

    /// <inheritdoc/>
    public DecoderSpec Describe(ModelConfig config)
    {
        FamilyConfig keys = new(config);
        int width = keys.Size("hidden_size"), heads = keys.Size("num_attention_heads");
        int embeddingWidth = keys.Size("word_embed_proj_dim", width);
        long headWidth = HeadSizes.Divide(keys, width, heads);
        bool normBefore = keys.Flag("do_layer_norm_before", true);
        bool finalNorm = normBefore && !keys.Flag("_remove_final_layer_norm", false);
        if (!keys.Flag("layer_norm_elementwise_affine", true))
        {
            throw keys.Wrong("layer_norm_elementwise_affine", "true: norms without weights are not supported");
        }

        DecoderSpec spec = new()
        {
            Family = keys.ModelType,
            VocabularySize = keys.Size("vocab_size"),
            Width = width,
            EmbeddingWidth = embeddingWidth == width ? null : embeddingWidth,
            Layers = keys.Layers("num_hidden_layers"),
            Heads = heads,
            KeyValueHeads = heads,
            HeadWidth = headWidth,
            MlpWidth = keys.Size("ffn_dim"),
            MaximumLength = keys.Size("max_position_embeddings", 2048),
            PositionOffset = 2,
            Norm = NormKind.Layer,
            NormEpsilon = 1e-5, // not a setting of this family
            Layout = normBefore ? BlockLayout.Sequential : BlockLayout.PostNorm,
            Activation = ActivationNames.Parse(keys, "activation_function", "relu"),
            GatedMlp = false,
            Biases = keys.Flag("enable_bias", true) ? Biases.Blocks : Biases.None,
            AttentionScale = 1 / Math.Sqrt(headWidth),
            TiedHead = keys.Flag("tie_word_embeddings", true),
            Names = finalNorm ? Names : Names with { FinalNorm = null },
        };
        keys.RefuseUnread();
        return spec;
    }
}
