using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Models.Families;

/// <summary>Llama 1 to 3.3 and the models that call themselves <c>LlamaForCausalLM</c>: TinyLlama, SmolLM2, Yi, Vicuna and others.</summary>
public sealed class LlamaFamily : IModelFamily
{
    /// <inheritdoc/>
    public IReadOnlyList<string> ModelTypes { get; } = ["llama"];

    /// <inheritdoc/>
    public DecoderSpec Describe(ModelConfig config)
    {
        FamilyConfig keys = new(config);
        DecoderSpec spec = Shape(keys, new LlamaDefaults()) with
        {
            Biases = (keys.Flag("attention_bias", false) ? Biases.QueryKeyValue | Biases.AttentionOutput : Biases.None)
                | (keys.Flag("mlp_bias", false) ? Biases.Mlp : Biases.None),
        };
        keys.RefuseUnread();
        return spec;
    }

    internal static DecoderNames Names { get; } = new()
    {
        Embedding = "model.embed_tokens",
        AttentionNorm = "model.layers.{0}.input_layernorm",
        MlpNorm = "model.layers.{0}.post_attention_layernorm",
        Query = "model.layers.{0}.self_attn.q_proj",
        Key = "model.layers.{0}.self_attn.k_proj",
        Value = "model.layers.{0}.self_attn.v_proj",
        Output = "model.layers.{0}.self_attn.o_proj",
        Gate = "model.layers.{0}.mlp.gate_proj",
        Up = "model.layers.{0}.mlp.up_proj",
        Down = "model.layers.{0}.mlp.down_proj",
        FinalNorm = "model.norm",
        Head = "lm_head",
    };

    /// <summary>What the families of Llama's shape share: RMS norms, rotary embedding, grouped queries, a gated MLP.</summary>
    internal static DecoderSpec Shape(FamilyConfig keys, LlamaDefaults defaults)
    {
        int width = keys.Size("hidden_size"), heads = keys.Size("num_attention_heads");
        int maximum = keys.Size("max_position_embeddings", defaults.MaximumLength);
        long headWidth = keys.OptionalSize("head_dim", defaults.HeadWidth) ?? defaults.HeadWidth ?? HeadSizes.Divide(keys, width, heads);
        return new DecoderSpec
        {
            Family = keys.ModelType,
            VocabularySize = keys.Size("vocab_size"),
            Width = width,
            Layers = keys.Layers("num_hidden_layers"),
            Heads = heads,
            KeyValueHeads = keys.OptionalSize("num_key_value_heads", defaults.KeyValueHeads) ?? heads,
            HeadWidth = headWidth,
            MlpWidth = keys.Size("intermediate_size"),
            MaximumLength = maximum,
            NormEpsilon = keys.Positive("rms_norm_eps", 1e-6),
            Rotary = defaults.Rotary.Read(keys, headWidth, maximum),
            AttentionScale = 1 / Math.Sqrt(headWidth),
            TiedHead = keys.Flag("tie_word_embeddings", defaults.TiedHead),
            Activation = ActivationNames.Parse(keys, defaults.ActivationKey, defaults.Activation),
            Names = Names,
        };
    }
}

/// <summary>What transformers' configuration classes of Llama's shape assume where a key is absent.</summary>
internal sealed record LlamaDefaults
{
    public int MaximumLength { get; init; } = 2048;

    public int? KeyValueHeads { get; init; }

    public int? HeadWidth { get; init; }

    public bool TiedHead { get; init; }

    public string ActivationKey { get; init; } = "hidden_act";

    public string Activation { get; init; } = "silu";

    public RotarySettings Rotary { get; init; } = new();
}
