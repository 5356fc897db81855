using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Models.Families;

/// <summary>Qwen2, Qwen2.5 (biases on query, key and value) and Qwen3 (normalised query and key heads).</summary>
public sealed class QwenFamily : IModelFamily
{
    private const int StandardKeyValueHeads = 32;
    private const int StandardLength = 32768;
    private const int StandardWindow = 4096;
    private const int StandardFullLayers = 28;

    /// <inheritdoc/>
    public IReadOnlyList<string> ModelTypes { get; } = ["qwen2", "qwen3"];

    /// <inheritdoc/>
    public DecoderSpec Describe(ModelConfig config)
    {
        FamilyConfig keys = new(config);
        bool third = config.ModelType == "qwen3";
        DecoderSpec spec = LlamaFamily.Shape(keys, new LlamaDefaults
        {
            MaximumLength = StandardLength,
            KeyValueHeads = StandardKeyValueHeads,
            HeadWidth = third ? 128 : null,
        });
        spec = spec with
        {
            Biases = third ? ThirdBiases(keys) : Biases.QueryKeyValue,
            QueryKeyNorm = third,
            AttentionWindows = Windows(keys, spec.Layers),
            Names = third
                ? LlamaFamily.Names with
                {
                    QueryNorm = "model.layers.{0}.self_attn.q_norm",
                    KeyNorm = "model.layers.{0}.self_attn.k_norm",
                }
                : LlamaFamily.Names,
        };
        keys.RefuseUnread();
        return spec;
    }

    private static Biases ThirdBiases(FamilyConfig keys) =>
        keys.Flag("attention_bias", false) ? Biases.QueryKeyValue | Biases.AttentionOutput : Biases.None;

    // With sliding windows, the first max_window_layers layers see everything all the same.
    private static IReadOnlyList<int?> Windows(FamilyConfig keys, int layers)
    {
        int? window = keys.OptionalSize("sliding_window", StandardWindow);
        double full = keys.Number("max_window_layers", StandardFullLayers);
        window = keys.Flag("use_sliding_window", false) ? window : null;
        return SlidingWindows.Read(keys, layers, window, layer => window is not null && layer >= full);
    }
}
