using System.Text.Json;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Quantization;

namespace LoraUnlearn.Models.Families;

/// <summary>
/// Keys of config.json that mean the same for every family: those that do not change what a forward pass computes, and those
/// that would, unless they have the value that turns them off.
/// </summary>
internal static class CommonKeys
{
    private static readonly HashSet<string> Harmless = new(StringComparer.Ordinal)
    {
        // What the file is, and who wrote it.
        "architectures", "auto_map", "model_type", "transformers_version", "torch_dtype", "dtype", "transformers.js_config",
        "is_llama_config", "unsloth_version", "unsloth_fixed", "license", "language",

        // Tokens.
        "bos_token_id", "eos_token_id", "pad_token_id", "unk_token_id", "sep_token_id", "cls_token_id", "mask_token_id",
        "decoder_start_token_id", "tokenizer_class", "prefix", "model_max_length", "max_sequence_length", "type_vocab_size",

        // Training: initialisation and dropout, which is off here.
        "initializer_range", "init_std", "attention_dropout", "attn_dropout", "hidden_dropout", "resid_dropout", "embed_dropout",
        "activation_dropout", "classifier_dropout", "dropout", "layerdrop", "attn_pdrop", "embd_pdrop", "resid_pdrop",
        "gradient_checkpointing", "use_cache", "pretraining_tp", "chunk_size_feed_forward", "torchscript", "use_bfloat16",
        "tf_legacy_loss", "cache_implementation", "attn_implementation", "is_decoder", "tie_encoder_decoder", "neftune_noise_alpha",

        // Outputs and classification heads.
        "output_attentions", "output_hidden_states", "output_scores", "return_dict", "return_dict_in_generate", "id2label", "label2id",
        "num_labels", "problem_type", "finetuning_task", "task_specific_params", "summary_type", "summary_use_proj",
        "summary_activation", "summary_proj_to_labels", "summary_first_dropout",

        // Generation.
        "max_length", "min_length", "max_new_tokens", "do_sample", "early_stopping", "num_beams", "num_beam_groups", "diversity_penalty",
        "temperature", "top_k", "top_p", "typical_p", "repetition_penalty", "length_penalty", "no_repeat_ngram_size",
        "encoder_no_repeat_ngram_size", "bad_words_ids", "num_return_sequences", "forced_bos_token_id", "forced_eos_token_id",
        "remove_invalid_values", "exponential_decay_length_penalty", "suppress_tokens", "begin_suppress_tokens",
    };

    // Keys that begin with an underscore and do matter.
    private static readonly HashSet<string> MeaningfulPrivate = new(StringComparer.Ordinal) { "_remove_final_layer_norm" };

    private static readonly Dictionary<string, string> OffValues = new(StringComparer.Ordinal)
    {
        ["use_sliding_window"] = "false",
        ["use_parallel_residual"] = "false",
        ["num_experts"] = "0",
        ["num_local_experts"] = "0",
        ["is_encoder_decoder"] = "false",
        ["add_cross_attention"] = "false",
        ["cross_attention_hidden_size"] = "null",
        ["pruned_heads"] = "{}",
        ["use_mrope"] = "false",
        ["rope_interleaved"] = "false",
        ["use_bidirectional_attention"] = "false",
        ["qk_layernorm"] = "false",
        ["alibi"] = "false",
    };

    /// <summary>Whether a key that the family has not read may be left unread.</summary>
    /// <param name="source">The file, for messages.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">Its value.</param>
    /// <exception cref="InputException">The key is known, and its value is not supported.</exception>
    public static bool IsHarmless(string source, string key, JsonElement value)
    {
        if (key == QuantisationConfig.Key)
        {
            return true; // read, and refused where it is not known, by whoever reads the weights
        }

        if (key == "compression_config")
        {
            throw new InputException(
                $"{source}: '{key}' says that the weights are compressed: {BoundedJson.Shorten(value.GetRawText())}. Such weights are not supported; use the model's float16, bfloat16 or float32 version.");
        }

        if (OffValues.TryGetValue(key, out string? off))
        {
            return value.GetRawText().Replace(" ", string.Empty, StringComparison.Ordinal) == off
                ? true
                : throw new InputException($"{source}: '{key}' is {BoundedJson.Shorten(value.GetRawText())}, which is not supported; expected {off}.");
        }

        return Harmless.Contains(key) || (key.StartsWith('_') && !MeaningfulPrivate.Contains(key)) || IsNeutral(key, value);
    }

    /// <summary>Whether a value turns off whatever its key may mean: false, 0, nothing, or full attention in every layer.</summary>
    private static bool IsNeutral(string key, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.False or JsonValueKind.Null => true,
        JsonValueKind.String => value.GetString()!.Length == 0,
        JsonValueKind.Array => value.GetArrayLength() == 0 || (key == "layer_types" && value.EnumerateArray().All(type => type.ValueKind == JsonValueKind.String && type.ValueEquals("full_attention"))),
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        JsonValueKind.Number => key.StartsWith("num_", StringComparison.Ordinal) && value.TryGetDouble(out double number) && number == 0,
        _ => false,
    };
}

/// <summary>Hugging Face's names of activations.</summary>
internal static class ActivationNames
{
    /// <summary>Reads an activation from a configuration.</summary>
    public static Activation Parse(FamilyConfig config, string key, string standard) => config.Text(key, standard) switch
    {
        "silu" or "swish" => Activation.Silu,
        "gelu" or "gelu_python" => Activation.Gelu,
        "gelu_new" or "gelu_pytorch_tanh" or "gelu_fast" or "gelu_accurate" => Activation.GeluTanh,
        "relu" => Activation.Relu,
        _ => throw config.Wrong(key, "one of silu, swish, gelu, gelu_python, gelu_new, gelu_pytorch_tanh, gelu_fast, gelu_accurate, relu"),
    };
}

/// <summary>The size of a head where the configuration does not give it.</summary>
internal static class HeadSizes
{
    /// <summary>The model's width shared equally among the heads.</summary>
    /// <exception cref="InputException">It does not divide.</exception>
    public static long Divide(FamilyConfig keys, int width, int heads) => width % heads == 0
        ? width / heads
        : throw new InputException($"{keys.Source}: a hidden size of {width} does not divide among {heads} attention heads.");
}

/// <summary>Which layers see only a window of positions.</summary>
internal static class SlidingWindows
{
    /// <summary>
    /// The windows by layer: from the list <c>layer_types</c> (<c>sliding_attention</c>, <c>full_attention</c>) where the file
    /// has it, else from the family's rule.
    /// </summary>
    /// <param name="keys">The configuration.</param>
    /// <param name="layers">Number of layers.</param>
    /// <param name="window">Positions that a sliding layer sees, its own included; null for all.</param>
    /// <param name="slides">The family's rule by layer number.</param>
    /// <exception cref="InputException">The list has another length or names other kinds of attention.</exception>
    public static IReadOnlyList<int?> Read(FamilyConfig keys, int layers, int? window, Func<int, bool> slides)
    {
        string[] types = keys.Texts("layer_types") ?? [.. Enumerable.Range(0, layers).Select(layer => slides(layer) ? "sliding_attention" : "full_attention")];
        if (types.Length != layers)
        {
            throw keys.Wrong("layer_types", $"{layers} entries, one for each layer");
        }

        return [.. types.Select(type => type switch
        {
            "full_attention" => null,
            "sliding_attention" => window,
            _ => throw keys.Wrong("layer_types", "only full_attention and sliding_attention"),
        })];
    }
}
