using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Models.Families;

/// <summary>Phi-1, 1.5 and 2: attention and MLP in parallel behind one norm, part of each head rotated, biases everywhere.</summary>
public sealed class PhiFamily : IModelFamily
{
    private static readonly DecoderNames Names = LlamaFamily.Names with
    {
        MlpNorm = null,
        Output = "model.layers.{0}.self_attn.dense",
        Gate = null,
        Up = "model.layers.{0}.mlp.fc1",
        Down = "model.layers.{0}.mlp.fc2",
        FinalNorm = "model.final_layernorm",
    };

    /// <inheritdoc/>
    public IReadOnlyList<string> ModelTypes { get; } = ["phi"];

    /// <inheritdoc/>
    public DecoderSpec Describe(ModelConfig config)
    {
        FamilyConfig keys = new(config);
        int width = keys.Size("hidden_size"), heads = keys.Size("num_attention_heads");
        int maximum = keys.Size("max_position_embeddings", 2048);
        long headWidth = HeadSizes.Divide(keys, width, heads);
        keys.RequireOff("qk_layernorm");
        DecoderSpec spec = new()
        {
            Family = keys.ModelType,
            VocabularySize = keys.Size("vocab_size"),
            Width = width,
            Layers = keys.Layers("num_hidden_layers"),
            Heads = heads,
            KeyValueHeads = keys.Size("num_key_value_heads", heads),
            HeadWidth = headWidth,
            MlpWidth = keys.Size("intermediate_size"),
            MaximumLength = maximum,
            Norm = NormKind.Layer,
            NormEpsilon = keys.Positive("layer_norm_eps", 1e-5),
            Layout = BlockLayout.ParallelSharedNorm,
            Activation = ActivationNames.Parse(keys, "hidden_act", "gelu_new"),
            GatedMlp = false,
            Biases = Biases.Blocks | Biases.Head,
            Rotary = new RotarySettings { FractionKey = "partial_rotary_factor", StandardFraction = 0.5 }.Read(keys, headWidth, maximum),
            AttentionScale = 1 / Math.Sqrt(headWidth),
            TiedHead = keys.Flag("tie_word_embeddings", false),
            Names = Names,
        };
        keys.RefuseUnread();
        return spec;
    }
}
