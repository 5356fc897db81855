using System.Text.Json.Nodes;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;

namespace LoraUnlearn.DemoModel.Training;

/// <summary>The size of the demo model, a Llama without biases and with a head of its own.</summary>
/// <param name="Vocabulary">Tokens v.</param>
/// <param name="Width">d.</param>
/// <param name="Layers">Blocks.</param>
/// <param name="Heads">Query heads; a head is d / heads wide.</param>
/// <param name="KeyValueHeads">Heads of keys and values.</param>
/// <param name="MlpWidth">Width of the gated MLP.</param>
/// <param name="MaximumLength">Positions.</param>
internal sealed record LlamaShape(
    int Vocabulary, int Width, int Layers, int Heads, int KeyValueHeads, int MlpWidth, int MaximumLength)
{
    /// <summary>The model's config.json, as Hugging Face's LlamaConfig has it.</summary>
    public JsonObject ToConfig() => new()
    {
        ["architectures"] = new JsonArray("LlamaForCausalLM"),
        ["model_type"] = "llama",
        ["vocab_size"] = Vocabulary,
        ["hidden_size"] = Width,
        ["intermediate_size"] = MlpWidth,
        ["num_hidden_layers"] = Layers,
        ["num_attention_heads"] = Heads,
        ["num_key_value_heads"] = KeyValueHeads,
        ["max_position_embeddings"] = MaximumLength,
        ["hidden_act"] = "silu",
        ["rms_norm_eps"] = 1e-5,
        ["rope_theta"] = 10000.0,
        ["rope_scaling"] = null,
        ["attention_bias"] = false,
        ["mlp_bias"] = false,
        ["tie_word_embeddings"] = false,
        ["initializer_range"] = 0.02,
        ["bos_token_id"] = DemoRecipe.EndOfTextId,
        ["eos_token_id"] = DemoRecipe.EndOfTextId,
        ["pad_token_id"] = DemoRecipe.PaddingId,
        ["torch_dtype"] = "float16",
        ["use_cache"] = true,
    };

    /// <summary>What the library's decoder makes of the configuration.</summary>
    public DecoderSpec ToSpec() => ModelFamilies.Describe(ModelConfig.Parse(ToConfig().ToJsonString(), "the demo's config.json"));

    /// <summary>
    /// Every tensor of the model with its shape and the deviation of its initial values; a deviation of zero marks a
    /// norm, which starts at one. Maps that add to the residual stream start smaller (GPT-2: by 1/√(2·layers)).
    /// </summary>
    public IEnumerable<(string Name, long[] Shape, double Deviation)> Tensors()
    {
        DecoderNames names = ToSpec().Names;
        const double Deviation = 0.02;
        double residual = Deviation / Math.Sqrt(2 * Layers);
        int pairs = Width / Heads * KeyValueHeads;
        yield return (names.Embedding, [Vocabulary, Width], Deviation);
        for (int layer = 0; layer < Layers; layer++)
        {
            string Of(string? template) => DecoderNames.Of(template!, layer);
            yield return (Of(names.AttentionNorm), [Width], 0);
            yield return (Of(names.Query), [Width, Width], Deviation);
            yield return (Of(names.Key), [pairs, Width], Deviation);
            yield return (Of(names.Value), [pairs, Width], Deviation);
            yield return (Of(names.Output), [Width, Width], residual);
            yield return (Of(names.MlpNorm), [Width], 0);
            yield return (Of(names.Gate), [MlpWidth, Width], Deviation);
            yield return (Of(names.Up), [MlpWidth, Width], Deviation);
            yield return (Of(names.Down), [Width, MlpWidth], residual);
        }

        yield return (names.FinalNorm!, [Width], 0);
        yield return (names.Head, [Vocabulary, Width], Deviation);
    }
}
