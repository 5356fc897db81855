using System.Text.Json;
using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Adapters;

/// <summary>Refuses PEFT settings under which an adapter is not ΔW = s·B A on the untouched base.</summary>
internal static class PeftRestrictions
{
    /// <summary>Initialisations that leave the base as it is.</summary>
    private static readonly string[] HarmlessInitialisations = ["gaussian", "eva", "orthogonal"];

    /// <summary>Settings that must be absent, null, false or empty, and what each means.</summary>
    private static readonly (string Key, string Meaning)[] Unsupported =
    [
        ("use_dora", "DoRA (a trained magnitude beside the low-rank change) is not supported; merge it into its base with PEFT and use the merged model"),
        ("modules_to_save", "whole modules saved beside the low-rank change are not supported; merge the adapter into its base with PEFT and use the merged model"),
        ("layer_replication", "repeated layers are not supported"),
        ("lora_bias", "a bias of B is not supported; train with lora_bias=False"),
        ("use_qalora", "QALoRA is not supported"),
        ("target_parameters", "adapters of bare parameters are not supported; only linear maps can be adapted"),
        ("trainable_token_indices", "trained token embeddings are not supported; merge the adapter into its base with PEFT and use the merged model"),
        ("arrow_config", "routing among several adapters (Arrow) is not supported"),
        ("use_bdlora", "block-diagonal factors are not supported"),
        ("alora_invocation_tokens", "activated LoRA, which is off for part of a sequence, is not supported"),
    ];

    /// <summary>Checks a configuration.</summary>
    /// <exception cref="InputException">A setting is not supported.</exception>
    public static void Check(ModelConfig json)
    {
        string type = json.GetString("peft_type");
        if (!type.Equals("LORA", StringComparison.OrdinalIgnoreCase))
        {
            throw json.Wrong("peft_type", "\"LORA\"; other kinds of adapter are not supported");
        }

        string bias = json.GetString("bias", "none");
        if (bias != "none")
        {
            throw json.Wrong("bias", "\"none\"; trained biases are not supported: merge the adapter into its base with PEFT and use the merged model");
        }

        foreach ((string key, string meaning) in Unsupported)
        {
            if (json.Has(key) && !IsOff(json.Raw(key)))
            {
                throw json.Wrong(key, $"nothing (null, false or empty): {meaning}");
            }
        }

        CheckInitialisation(json);
    }

    private static bool IsOff(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.False => true,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        JsonValueKind.String => value.GetString()!.Length == 0,
        _ => false,
    };

    /// <summary>PiSSA, OLoRA, LoftQ and CorDA change the base when they start, and the saved A and B belong to the changed base.</summary>
    private static void CheckInitialisation(ModelConfig json)
    {
        if (!json.Has("init_lora_weights"))
        {
            return;
        }

        JsonElement value = json.Raw("init_lora_weights");
        bool harmless = value.ValueKind is JsonValueKind.True or JsonValueKind.False
            || (value.ValueKind == JsonValueKind.String && HarmlessInitialisations.Contains(value.GetString()));
        if (!harmless)
        {
            throw json.Wrong(
                "init_lora_weights",
                $"true, false or one of {string.Join(", ", HarmlessInitialisations)}: others change the base weights, so that the adapter does not fit the untouched base. " +
                "Convert it with PEFT: save_pretrained(dir, path_initial_model_for_weight_conversion=...)");
        }
    }
}
