using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Models.Families;

/// <summary>
/// Gemma 1 and 2: norm weights stored minus one, the embedding scaled by √d, a tanh GELU gate. Gemma 2 adds norms after
/// attention and MLP, soft-capped scores and logits, and a sliding window on every second layer.
/// </summary>
public sealed class GemmaFamily : IModelFamily
{
    private const int StandardLength = 8192;
    private const int StandardHeadWidth = 256;
    private const int StandardWindow = 4096;
    private const double StandardScoreCap = 50;
    private const double StandardLogitCap = 30;

    /// <inheritdoc/>
    public IReadOnlyList<string> ModelTypes { get; } = ["gemma", "gemma2"];

    /// <inheritdoc/>
    public DecoderSpec Describe(ModelConfig config)
    {
        FamilyConfig keys = new(config);
        bool second = config.ModelType == "gemma2";
        DecoderSpec spec = LlamaFamily.Shape(keys, new LlamaDefaults
        {
            MaximumLength = StandardLength,
            KeyValueHeads = second ? 4 : 16,
            HeadWidth = StandardHeadWidth,
            TiedHead = true,
            ActivationKey = "hidden_activation",
            Activation = "gelu_pytorch_tanh",
        });
        OldActivation(keys);
        spec = spec with
        {
            NormWeightOffset = 1,
            EmbeddingScale = Math.Sqrt(spec.Width),
            Biases = keys.Flag("attention_bias", false) ? Biases.QueryKeyValue | Biases.AttentionOutput : Biases.None,
        };
        spec = second ? Second(keys, spec) : spec;
        keys.RefuseUnread();
        return spec;
    }

    private static DecoderSpec Second(FamilyConfig keys, DecoderSpec spec) => spec with
    {
        Layout = BlockLayout.Sandwich,
        AttentionScale = 1 / Math.Sqrt(keys.Positive("query_pre_attn_scalar", StandardHeadWidth)),
        AttentionSoftCap = Cap(keys, "attn_logit_softcapping", StandardScoreCap),
        LogitSoftCap = Cap(keys, "final_logit_softcapping", StandardLogitCap),
        AttentionWindows = SlidingWindows.Read(keys, spec.Layers, Window(keys), layer => layer % 2 == 0),
        Names = spec.Names with
        {
            PostAttentionNorm = "model.layers.{0}.post_attention_layernorm",
            MlpNorm = "model.layers.{0}.pre_feedforward_layernorm",
            PostMlpNorm = "model.layers.{0}.post_feedforward_layernorm",
        },
    };

    // The reference computes the tanh GELU whatever hidden_act says; a file that asks for a third kind is refused.
    private static void OldActivation(FamilyConfig keys)
    {
        if (keys.Text("hidden_act", "gelu") is not ("gelu" or "gelu_pytorch_tanh"))
        {
            throw keys.Wrong("hidden_act", "gelu_pytorch_tanh (or gelu, its old name here)");
        }
    }

    // Early files give the window under two names.
    private static int? Window(FamilyConfig keys)
    {
        int? window = keys.OptionalSize("sliding_window", keys.Size("sliding_window_size", StandardWindow));
        return keys.Has("sliding_window_size") && keys.Size("sliding_window_size") != window
            ? throw keys.Wrong("sliding_window_size", "what sliding_window says")
            : window;
    }

    // Null switches the cap off; absent means the standard one.
    private static double? Cap(FamilyConfig keys, string key, double standard) =>
        keys.Has(key) ? keys.Positive(key, standard) : keys.IsNull(key) ? null : standard;
}
