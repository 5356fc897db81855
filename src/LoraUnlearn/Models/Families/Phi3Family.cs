using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Models.Families;

/// <summary>Phi-3, 3.5 and 4-mini: Llama with query, key and value in one matrix, gate and up in another, and LongRoPE.</summary>
public sealed class Phi3Family : IModelFamily
{
    private const int StandardLength = 4096;

    /// <inheritdoc/>
    public IReadOnlyList<string> ModelTypes { get; } = ["phi3"];

    /// <inheritdoc/>
    public DecoderSpec Describe(ModelConfig config)
    {
        FamilyConfig keys = new(config);
        DecoderSpec spec = LlamaFamily.Shape(keys, new LlamaDefaults
        {
            MaximumLength = StandardLength,
            Rotary = new RotarySettings
            {
                FractionKey = "partial_rotary_factor",
                OriginalLength = keys.Size("original_max_position_embeddings", StandardLength),
                OldLongNames = true,
            },
        });
        keys.RequireOff("attention_bias");
        keys.RequireOff("mlp_bias");
        keys.RequireOff("lm_head_bias");
        RequireOne(keys, "full_attn_mod");
        RequireOne(keys, "interpolate_factor");
        spec = spec with
        {
            NormEpsilon = keys.Positive("rms_norm_eps", 1e-5),
            QueryKeyValue = ProjectionLayout.Concatenated,
            FusedGateUp = true,
            AttentionWindows = SlidingWindows.Read(keys, spec.Layers, keys.OptionalSize("sliding_window", null), _ => true),
            Names = LlamaFamily.Names with
            {
                Query = "model.layers.{0}.self_attn.qkv_proj",
                Key = null,
                Value = null,
                Gate = "model.layers.{0}.mlp.gate_up_proj",
                Up = null,
            },
        };
        keys.RefuseUnread();
        return spec;
    }

    // Settings of the models' own code, of which the released ones make no use.
    private static void RequireOne(FamilyConfig keys, string key)
    {
        if (keys.Number(key, 1) != 1)
        {
            throw keys.Wrong(key, "1");
        }
    }
}
