using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoraUnlearn.Outputs;
using LoraUnlearn.Sessions;

namespace LoraUnlearn.Evaluation.Tofu;

/// <summary>
/// How a log was made, kept in it so that a log of another split or model is not taken for the reference. Null where the log,
/// being one of the original tool, does not say.
/// </summary>
public sealed record TofuSettings
{
    /// <summary>Key of the settings inside the forget set of a log, where the original tool does not look.</summary>
    internal const string Key = "lora_unlearn";

    /// <summary>The split, <c>forget10</c>.</summary>
    public string? Split { get; init; }

    /// <summary>The model folder's name.</summary>
    public string? Model { get; init; }

    /// <summary>Family and sizes of the model.</summary>
    public string? Architecture { get; init; }

    /// <summary>SHA-256 of tokenizer.json.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>The prompt template.</summary>
    public string? Template { get; init; }

    /// <summary>The settings of a run.</summary>
    /// <param name="session">The model.</param>
    /// <param name="split">The split.</param>
    /// <param name="template">The prompt template.</param>
    public static TofuSettings Of(ModelSession session, string split, string template)
    {
        Models.DecoderSpec spec = session.Decoder.Spec;
        string? tokenizer = session.Folder.TokenizerPath;
        return new TofuSettings
        {
            Split = split,
            Model = FolderName.Of(session.Folder.Path),
            Architecture = $"{spec.Family}, {spec.Layers} layers of width {spec.Width}, vocabulary {spec.VocabularySize}",
            Tokenizer = tokenizer is null ? null : Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(tokenizer))),
            Template = template,
        };
    }

    internal JsonObject ToJson() => new()
    {
        ["split"] = Split,
        ["model"] = Model,
        ["architecture"] = Architecture,
        ["tokenizer_sha256"] = Tokenizer,
        ["template"] = Template,
    };

    internal static TofuSettings Of(JsonElement forget)
    {
        if (!forget.TryGetProperty(Key, out JsonElement settings) || settings.ValueKind != JsonValueKind.Object)
        {
            return new TofuSettings();
        }

        string? Text(string key) => settings.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        return new TofuSettings
        {
            Split = Text("split"),
            Model = Text("model"),
            Architecture = Text("architecture"),
            Tokenizer = Text("tokenizer_sha256"),
            Template = Text("template"),
        };
    }
}
