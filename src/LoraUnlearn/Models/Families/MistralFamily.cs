using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Models.Families;

/// <summary>Mistral and the models that call themselves <c>MistralForCausalLM</c>, such as Zephyr: Llama with a sliding window on every layer.</summary>
public sealed class MistralFamily : IModelFamily
{
    private const int StandardWindow = 4096;

    /// <inheritdoc/>
    public IReadOnlyList<string> ModelTypes { get; } = ["mistral"];

    /// <inheritdoc/>
    public DecoderSpec Describe(ModelConfig config)
    {
        FamilyConfig keys = new(config);
        DecoderSpec spec = LlamaFamily.Shape(keys, new LlamaDefaults { MaximumLength = 131072, KeyValueHeads = 8 });
        keys.RequireOff("attention_bias");
        keys.RequireOff("mlp_bias");
        spec = spec with
        {
            AttentionWindows = SlidingWindows.Read(keys, spec.Layers, keys.OptionalSize("sliding_window", StandardWindow), _ => true),
        };
        keys.RefuseUnread();
        return spec;
    }
}
