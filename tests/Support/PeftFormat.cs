using System.Text.Json;
using System.Text.RegularExpressions;

namespace LoraUnlearn.Tests.Support;

/// <summary>
/// Checks that an adapter folder has exactly PEFT's files, keys, types, shapes and metadata, read without any code of the library: the
/// fields of peft.LoraConfig 0.12 with its types, and tensors that PEFT's set_peft_model_state_dict finds on the base, all of them.
/// </summary>
internal static class PeftFormat
{
    private const string Prefix = "base_model.model.";

    // What json.load gives for each field of LoraConfig as we use it: S text, I whole number, F number, B truth, N null, L list of texts, M map.
    private static readonly Dictionary<string, char> Fields = new(StringComparer.Ordinal)
    {
        ["alpha_pattern"] = 'M',
        ["auto_mapping"] = 'N',
        ["base_model_name_or_path"] = 'S',
        ["bias"] = 'S',
        ["fan_in_fan_out"] = 'B',
        ["inference_mode"] = 'B',
        ["init_lora_weights"] = 'B',
        ["layer_replication"] = 'N',
        ["layers_pattern"] = 'N',
        ["layers_to_transform"] = 'N',
        ["loftq_config"] = 'M',
        ["lora_alpha"] = 'F',
        ["lora_dropout"] = 'F',
        ["megatron_config"] = 'N',
        ["megatron_core"] = 'S',
        ["modules_to_save"] = 'N',
        ["peft_type"] = 'S',
        ["r"] = 'I',
        ["rank_pattern"] = 'M',
        ["revision"] = 'N',
        ["target_modules"] = 'L',
        ["task_type"] = 'S',
        ["use_dora"] = 'B',
        ["use_rslora"] = 'B',
    };

    /// <summary>Checks a folder.</summary>
    /// <param name="folder">The adapter folder.</param>
    /// <param name="maps">The base's linear maps: name, output width, input width.</param>
    /// <param name="dtype">The type of the tensors, as safetensors names it.</param>
    /// <param name="fanInFanOut">Whether the base stores its weights [i,o].</param>
    public static void Require(string folder, IReadOnlyDictionary<string, (long Output, long Input)> maps, string dtype, bool fanInFanOut = false)
    {
        JsonElement config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "adapter_config.json"))).RootElement;
        Assert.Equal(Fields.Keys.Order(StringComparer.Ordinal), config.EnumerateObject().Select(field => field.Name).Order(StringComparer.Ordinal));
        Assert.All(config.EnumerateObject(), field => Assert.True(Is(field.Value, Fields[field.Name]), $"{field.Name} is {field.Value.GetRawText()}"));
        Assert.Equal(("LORA", "CAUSAL_LM", "none"), (config.GetProperty("peft_type").GetString(), config.GetProperty("task_type").GetString(), config.GetProperty("bias").GetString()));
        Assert.True(config.GetProperty("inference_mode").GetBoolean() && config.GetProperty("init_lora_weights").GetBoolean());
        Assert.False(config.GetProperty("use_dora").GetBoolean() || config.GetProperty("use_rslora").GetBoolean());
        Assert.Equal(fanInFanOut, config.GetProperty("fan_in_fan_out").GetBoolean());

        JsonElement header = Header(Path.Combine(folder, "adapter_model.safetensors"));
        Assert.Equal("""{"format":"pt"}""", header.GetProperty("__metadata__").GetRawText());
        string[] targets = [.. config.GetProperty("target_modules").EnumerateArray().Select(target => target.GetString()!)];
        string[] adapted = [.. maps.Keys.Where(map => targets.Any(target => map == target || map.EndsWith("." + target, StringComparison.Ordinal)))];
        IEnumerable<string> expected = adapted.SelectMany(map => new[] { $"{Prefix}{map}.lora_A.weight", $"{Prefix}{map}.lora_B.weight" }).Append("__metadata__");
        Assert.Equal(expected.Order(StringComparer.Ordinal), header.EnumerateObject().Select(tensor => tensor.Name).Order(StringComparer.Ordinal));
        foreach (string map in adapted)
        {
            long rank = Pattern(config.GetProperty("rank_pattern"), map) is { } own ? own.GetInt64() : config.GetProperty("r").GetInt64();
            RequireTensor(header.GetProperty($"{Prefix}{map}.lora_A.weight"), dtype, rank, maps[map].Input);
            RequireTensor(header.GetProperty($"{Prefix}{map}.lora_B.weight"), dtype, maps[map].Output, rank);
        }

        // Every pattern is for a module that is there, and not for what holds of all.
        foreach (string key in new[] { "rank_pattern", "alpha_pattern" })
        {
            Assert.All(config.GetProperty(key).EnumerateObject(), entry => Assert.Contains(adapted, map => Matches(entry.Name, map)));
        }
    }

    private static void RequireTensor(JsonElement tensor, string dtype, params long[] shape)
    {
        Assert.Equal(dtype, tensor.GetProperty("dtype").GetString());
        Assert.Equal(shape, tensor.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()));
    }

    // PEFT takes the first key whose expression ends the module's name.
    private static JsonElement? Pattern(JsonElement patterns, string map) =>
        patterns.EnumerateObject().Where(entry => Matches(entry.Name, map)).Select(entry => (JsonElement?)entry.Value).FirstOrDefault();

    private static bool Matches(string pattern, string map) => Regex.IsMatch(map, $@"^(.*\.)?({pattern})$");

    private static bool Is(JsonElement value, char kind) => kind switch
    {
        'S' => value.ValueKind == JsonValueKind.String,
        'I' => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _) && !value.GetRawText().Contains('.', StringComparison.Ordinal),
        'F' => value.ValueKind == JsonValueKind.Number,
        'B' => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        'N' => value.ValueKind == JsonValueKind.Null,
        'L' => value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0 && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String),
        _ => value.ValueKind == JsonValueKind.Object,
    };

    private static JsonElement Header(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        int length = checked((int)BitConverter.ToUInt64(bytes));
        JsonElement header = JsonDocument.Parse(bytes.AsMemory(8, length)).RootElement;
        long end = header.EnumerateObject().Where(tensor => tensor.Name != "__metadata__").Max(tensor => tensor.Value.GetProperty("data_offsets")[1].GetInt64());
        Assert.Equal(bytes.Length, 8 + length + end);
        return header;
    }
}
