using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Models.Families;

/// <summary>Llama 1 to 3.2 and the models that call themselves <c>LlamaForCausalLM</c>: TinyLlama, SmolLM2, Yi, Vicuna and others.</summary>
public sealed class LlamaFamily : IModelFamily
{
    /// <inheritdoc/>
    public IReadOnlyList<string> ModelTypes { get; } = ["llama"];

    /// <inheritdoc/>
    public DecoderSpec Describe(ModelConfig config)
    {
        long width = config.GetInt64("hidden_size");
        int heads = checked((int)config.GetInt64("num_attention_heads"));
        long headWidth = config.GetInt64("head_dim", width / Math.Max(1, heads));
        return new DecoderSpec
        {
            Family = config.ModelType,
            VocabularySize = config.GetInt64("vocab_size"),
            Width = width,
            Layers = checked((int)config.GetInt64("num_hidden_layers")),
            Heads = heads,
            KeyValueHeads = checked((int)config.GetInt64("num_key_value_heads", heads)),
            HeadWidth = headWidth,
            MlpWidth = config.GetInt64("intermediate_size"),
            MaximumLength = config.GetInt64("max_position_embeddings", 2048),
            NormEpsilon = config.GetDouble("rms_norm_eps", 1e-6),
            Rotary = RotarySettings.Read(config, headWidth),
            AttentionScale = 1 / Math.Sqrt(headWidth),
            TiedHead = config.GetBoolean("tie_word_embeddings", false),
            Activation = ActivationNames.Parse(config, "hidden_act", "silu"),
            Names = Names,
        };
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
}
