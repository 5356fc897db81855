using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Models.Families;

/// <summary>GPT-NeoX and Pythia: query, key and value interleaved head by head in one matrix, part of each head rotated.</summary>
public sealed class GptNeoXFamily : IModelFamily
{
    private static readonly DecoderNames Names = new()
    {
        OptionalPrefix = "gpt_neox.",
        Embedding = "gpt_neox.embed_in",
        AttentionNorm = "gpt_neox.layers.{0}.input_layernorm",
        MlpNorm = "gpt_neox.layers.{0}.post_attention_layernorm",
        Query = "gpt_neox.layers.{0}.attention.query_key_value",
        Output = "gpt_neox.layers.{0}.attention.dense",
        Up = "gpt_neox.layers.{0}.mlp.dense_h_to_4h",
        Down = "gpt_neox.layers.{0}.mlp.dense_4h_to_h",
        FinalNorm = "gpt_neox.final_layer_norm",
        Head = "embed_out",
    };

    /// <inheritdoc/>
    public IReadOnlyList<string> ModelTypes { get; } = ["gpt_neox"];

    /// <inheritdoc/>
    public DecoderSpec Describe(ModelConfig config)
    {
        FamilyConfig keys = new(config);
        int width = keys.Size("hidden_size"), heads = keys.Size("num_attention_heads");
        int maximum = keys.Size("max_position_embeddings", 2048);
        long headWidth = HeadSizes.Divide(keys, width, heads);
        bool attentionBias = keys.Flag("attention_bias", true);
        DecoderSpec spec = new()
        {
            Family = keys.ModelType,
            VocabularySize = keys.Size("vocab_size"),
            Width = width,
            Layers = keys.Layers("num_hidden_layers"),
            Heads = heads,
            KeyValueHeads = heads,
            HeadWidth = headWidth,
            MlpWidth = keys.Size("intermediate_size"),
            MaximumLength = maximum,
            Norm = NormKind.Layer,
            NormEpsilon = keys.Positive("layer_norm_eps", 1e-5),
            Layout = keys.Flag("use_parallel_residual", true) ? BlockLayout.Parallel : BlockLayout.Sequential,
            Activation = ActivationNames.Parse(keys, "hidden_act", "gelu"),
            GatedMlp = false,
            QueryKeyValue = ProjectionLayout.InterleavedByHead,
            Biases = attentionBias ? Biases.Blocks : Biases.Mlp,
            Rotary = new RotarySettings { BaseKey = "rotary_emb_base", FractionKey = "rotary_pct", StandardFraction = 0.25 }
                .Read(keys, headWidth, maximum),
            AttentionScale = 1 / Math.Sqrt(headWidth),
            TiedHead = keys.Flag("tie_word_embeddings", false),
            Names = Names,
        };
        keys.RefuseUnread();
        return spec;
    }
}
