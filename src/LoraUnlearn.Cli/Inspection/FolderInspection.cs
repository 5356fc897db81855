using System.Text.Json;
using System.Text.Json.Nodes;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Data;
using LoraUnlearn.Models;
using LoraUnlearn.Quantization;
using LoraUnlearn.Tokenization;

namespace LoraUnlearn.Cli.Inspection;

/// <summary>Describes model folders, adapter folders and manifests.</summary>
internal static class FolderInspection
{
    private const string AdapterConfigName = "adapter_config.json";
    private const string ManifestName = "unlearn_manifest.json";

    private static readonly string[] ModelKeys =
    [
        "vocab_size", "hidden_size", "num_hidden_layers", "num_layers", "num_attention_heads", "num_heads", "num_key_value_heads",
        "intermediate_size", "max_position_embeddings", "rope_theta", "tie_word_embeddings",
    ];

    private static readonly string[] AdapterKeys =
        ["peft_type", "r", "lora_alpha", "target_modules", "use_rslora", "bias", "base_model_name_or_path"];

    /// <summary>Whether a folder holds an adapter.</summary>
    public static bool IsAdapter(string folder) => File.Exists(Path.Combine(folder, AdapterConfigName));

    /// <summary>Describes a model folder, and whether it can be computed.</summary>
    /// <exception cref="InputException">It is no model folder, or one of its files is not right.</exception>
    public static Inspection OfModel(string path, bool withTensors)
    {
        using ModelFolder folder = ModelFolder.Open(path);
        Inspection inspection = new("model", path);
        inspection.SetVerdict(Fault(folder));
        inspection.Add("family", folder.Config.ModelType);
        inspection.Add("architectures", folder.Config.Architectures.Count > 0 ? JsonText.Texts(folder.Config.Architectures) : null);
        foreach (string key in ModelKeys.Where(folder.Config.Has))
        {
            inspection.Add(key, JsonNode.Parse(folder.Config.Raw(key).GetRawText()));
        }

        TensorInspection.AddTotals(inspection, folder.Weights.Entries.Values);
        if (folder.Config.Has(QuantisationConfig.Key))
        {
            inspection.Add("quantisation", JsonNode.Parse(folder.Config.Raw(QuantisationConfig.Key).GetRawText()));
        }

        inspection.Add("files", JsonText.Texts(folder.Weights.Files.Select(file => Path.GetFileName(file)!)));
        inspection.Add("end_of_sequence_ids", Ends(folder));
        inspection.Add("tokenizer", folder.TokenizerPath is string tokenizer ? Path.GetFileName(tokenizer) : "none");
        inspection.Add("digest", folder.Digest());
        if (withTensors)
        {
            TensorInspection.AddTensors(inspection, folder.Weights.Entries.Values);
        }

        return inspection;
    }

    private static JsonArray? Ends(ModelFolder folder)
    {
        Tokenizer? tokenizer = folder.TokenizerPath is string path ? Tokenizer.Load(path) : null;
        IReadOnlyList<int> ends = SpecialTokens.Read(folder.Path, folder.Config, tokenizer).Ends;
        return ends.Count > 0 ? JsonText.Numbers(ends.Select(id => (long)id)) : null;
    }

    /// <summary>Describes an adapter folder: its configuration, its tensors, and its manifest where it has one.</summary>
    /// <exception cref="InputException">One of its files is missing or not right.</exception>
    public static Inspection OfAdapter(string path, bool withTensors)
    {
        JsonElement config = BoundedJson.ReadObject(Path.Combine(path, AdapterConfigName));
        using TensorSource weights = TensorSource.Open(Path.Combine(path, "adapter_model.safetensors"));
        Inspection inspection = new("adapter", path);
        AddKeys(inspection, config, AdapterKeys);
        TensorInspection.AddTotals(inspection, weights.Entries.Values);
        string manifest = Path.Combine(path, ManifestName);
        if (File.Exists(manifest))
        {
            inspection.Add("manifest", JsonNode.Parse(BoundedJson.ReadObject(manifest).GetRawText()), manifest);
        }

        inspection.Add("modules_count", weights.Entries.Keys.Count(name => name.Contains(".lora_A.", StringComparison.Ordinal)));
        if (withTensors)
        {
            TensorInspection.AddTensors(inspection, weights.Entries.Values);
        }

        return inspection;
    }

    /// <summary>Describes a manifest, or any other JSON file that holds an object: its keys.</summary>
    /// <exception cref="InputException">The file is not a JSON object.</exception>
    public static Inspection OfManifest(string path)
    {
        JsonElement manifest = BoundedJson.ReadObject(path);
        Inspection inspection = new("manifest", path);
        foreach (JsonProperty property in manifest.EnumerateObject())
        {
            inspection.Add(property.Name, JsonNode.Parse(property.Value.GetRawText()));
        }

        return inspection;
    }

    private static string? Fault(ModelFolder folder)
    {
        try
        {
            CheckpointFit.Check(folder);
            return null;
        }
        catch (InputException exception)
        {
            return exception.Message;
        }
    }

    private static void AddKeys(Inspection inspection, JsonElement config, string[] keys)
    {
        foreach (string key in keys)
        {
            if (config.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null)
            {
                inspection.Add(key, JsonNode.Parse(value.GetRawText()));
            }
        }
    }
}
