using System.Text.Json;
using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Data;

/// <summary>
/// What the files beside tokenizer.json say of its special tokens: tokenizer_config.json and special_tokens_map.json with the
/// precedence of transformers, and the chat template, from chat_template.jinja, chat_template.json or tokenizer_config.json.
/// </summary>
internal sealed record TokenizerSettings
{
    public const string ConfigName = "tokenizer_config.json";
    public const string MapName = "special_tokens_map.json";
    public const string TemplateName = "chat_template.jinja";
    private const long MaximumTemplateBytes = 4 << 20;

    /// <summary>Whether one of the two files is there.</summary>
    public bool Any { get; init; }

    /// <summary>The token that begins a text, or null.</summary>
    public string? Beginning { get; init; }

    /// <summary>The token that ends a text, or null.</summary>
    public string? End { get; init; }

    /// <summary>The token of padding, or null.</summary>
    public string? Padding { get; init; }

    /// <summary>The token for what is unknown, or null.</summary>
    public string? Unknown { get; init; }

    /// <summary><c>add_bos_token</c>; null where it is not said.</summary>
    public bool? AddsBeginning { get; init; }

    /// <summary><c>add_eos_token</c>; null where it is not said.</summary>
    public bool? AddsEnd { get; init; }

    /// <summary>The Jinja text, or null.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>Reads the files of a folder; those that are missing say nothing.</summary>
    /// <exception cref="InputException">A file is malformed.</exception>
    public static TokenizerSettings Read(string folder)
    {
        ModelConfig? config = Open(folder, ConfigName), map = Open(folder, MapName);

        // Files of old have no table of added tokens; the map then overrides the configuration, else it only fills gaps.
        bool mapFirst = config is not null && !config.Has("added_tokens_decoder");
        string? Token(string key) => mapFirst ? Text(map, key) ?? Text(config, key) : Text(config, key) ?? Text(map, key);
        return new TokenizerSettings
        {
            Any = config is not null || map is not null,
            Beginning = Token("bos_token"),
            End = Token("eos_token"),
            Padding = Token("pad_token"),
            Unknown = Token("unk_token"),
            AddsBeginning = Flag(config, "add_bos_token"),
            AddsEnd = Flag(config, "add_eos_token"),
            ChatTemplate = Template(folder, config),
        };
    }

    private static ModelConfig? Open(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        return File.Exists(path) ? ModelConfig.Open(path) : null;
    }

    private static bool? Flag(ModelConfig? config, string key) => config is not null && config.Has(key) ? config.GetBoolean(key) : null;

    /// <summary>A token is its text, or an object with the text as <c>content</c>.</summary>
    private static string? Text(ModelConfig? config, string key)
    {
        if (config is null || !config.Has(key))
        {
            return null;
        }

        return config.Raw(key).ValueKind == JsonValueKind.Object ? config.GetObject(key)!.GetString("content") : config.GetString(key);
    }

    private static string? Template(string folder, ModelConfig? config)
    {
        string file = Path.Combine(folder, TemplateName);
        if (File.Exists(file))
        {
            return System.Text.Encoding.UTF8.GetString(InputFile.ReadAllBytes(file, MaximumTemplateBytes));
        }

        ModelConfig? holder = Open(folder, "chat_template.json") is { } own && own.Has("chat_template") ? own : config;
        if (holder is null || !holder.Has("chat_template"))
        {
            return null;
        }

        // A list has templates by name: that for plain conversations is called default.
        JsonElement template = holder.Raw("chat_template");
        return template.ValueKind != JsonValueKind.Array
            ? holder.GetString("chat_template")
            : template.EnumerateArray()
                .Where(entry => entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("name", out JsonElement name) && name.ValueKind == JsonValueKind.String && name.GetString() == "default")
                .Select(entry => entry.TryGetProperty("template", out JsonElement text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null)
                .FirstOrDefault();
    }
}
