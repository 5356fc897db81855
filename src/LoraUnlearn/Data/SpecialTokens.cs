using System.Text.Json;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Tokenization;

namespace LoraUnlearn.Data;

/// <summary>
/// A model's special tokens, from the four files that name them, with transformers' precedence: the tokenizer's own for what is put into
/// training rows, then config.json; and generation_config.json, then config.json, for what ends a generated text. Of the tokenizer's own
/// two files tokenizer_config.json counts alone where it has the table <c>added_tokens_decoder</c>; where it has none, as in old folders,
/// special_tokens_map.json comes first.
/// </summary>
public sealed class SpecialTokens
{
    private const string TokenizerConfigName = "tokenizer_config.json";
    private const string MapName = "special_tokens_map.json";
    private const string GenerationName = "generation_config.json";

    private readonly ModelConfig _config;
    private readonly ModelConfig? _generation;
    private readonly ModelConfig? _tokenizerConfig;
    private readonly ModelConfig? _map;
    private readonly Tokenizer? _tokenizer;
    private readonly List<string> _warnings = [];

    private SpecialTokens(string folder, ModelConfig config, Tokenizer? tokenizer)
    {
        _config = config;
        _tokenizer = tokenizer;
        _generation = Open(folder, GenerationName);
        _tokenizerConfig = Open(folder, TokenizerConfigName);
        _map = Open(folder, MapName);
        ChatTemplate = ChatTemplates.Find(folder, _tokenizerConfig);
        Eos = Resolve("eos");
        Bos = Resolve("bos");
        Pad = Resolve("pad");
        Unknown = Resolve("unk");
        AddBos = _tokenizerConfig?.GetBoolean("add_bos_token", false) ?? false;
        AddEos = _tokenizerConfig?.GetBoolean("add_eos_token", false) ?? false;
        Ends = FindEnds();
    }

    /// <summary>The id that ends a training row; null where nothing says.</summary>
    public int? Eos { get; }

    /// <summary>The id that begins a sequence; null where nothing says.</summary>
    public int? Bos { get; }

    /// <summary>The id of padding; null where nothing says.</summary>
    public int? Pad { get; }

    /// <summary>The id of unknown text; null where nothing says.</summary>
    public int? Unknown { get; }

    /// <summary>The ids that end a generated text.</summary>
    public IReadOnlyList<int> Ends { get; }

    /// <summary>Whether a tokenizer without a post-processor begins a sequence with <see cref="Bos"/>.</summary>
    public bool AddBos { get; }

    /// <summary>Whether a tokenizer without a post-processor ends a text with <see cref="Eos"/>.</summary>
    public bool AddEos { get; }

    /// <summary>The model's chat template, a Jinja program; null without one.</summary>
    public string? ChatTemplate { get; }

    /// <summary>Where the files disagree, a line each, with both values.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>Reads the special tokens of a model folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="config">Its config.json.</param>
    /// <param name="tokenizer">Its tokenizer, which gives names their ids; null where it has none.</param>
    /// <exception cref="InputException">One of the files is malformed.</exception>
    public static SpecialTokens Read(string folder, ModelConfig config, Tokenizer? tokenizer) => new(folder, config, tokenizer);

    private static ModelConfig? Open(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        return File.Exists(path) ? ModelConfig.Open(path) : null;
    }

    private int? Resolve(string kind)
    {
        bool isModern = _tokenizerConfig?.Has("added_tokens_decoder") == true;
        (int Id, string Source)? own = isModern ? Named(_tokenizerConfig, kind) : Named(_map, kind) ?? Named(_tokenizerConfig, kind);
        int[] configured = Ids(_config, $"{kind}_token_id");
        if (kind is "eos" or "bos" && own is { } said && configured.Length > 0 && !configured.Contains(said.Id))
        {
            _warnings.Add($"{kind.ToUpperInvariant()}: {said.Source} says {Show(said.Id)}, {_config.Source} says {Show(configured)}; rows get the first, as in transformers.");
        }

        return own?.Id ?? (configured is [int first, ..] ? first : null);
    }

    // What ends a row should end a generated text too, or the model goes on after what it has learnt to end.
    private int[] FindEnds()
    {
        bool isGeneration = Ids(_generation, "eos_token_id").Length > 0;
        int[] ends = Ids(isGeneration ? _generation : _config, "eos_token_id");
        if (ends.Length == 0)
        {
            return Eos is { } only ? [only] : [];
        }

        if (isGeneration && Eos is { } eos && !ends.Contains(eos))
        {
            _warnings.Add($"EOS: rows end with {Show(eos)}, generated text at {Show(ends)}, as {_generation!.Source} says; as in transformers.");
        }

        return ends;
    }

    // A token by its text, or an object with its text; its id is the tokenizer's.
    private (int Id, string Source)? Named(ModelConfig? file, string kind)
    {
        string key = $"{kind}_token";
        if (_tokenizer is null || file?.Has(key) != true)
        {
            return null;
        }

        JsonElement value = file.Raw(key);
        string? text = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Object when value.TryGetProperty("content", out JsonElement content) && content.ValueKind == JsonValueKind.String => content.GetString(),
            _ => throw file.Wrong(key, "a string, or an object with a string content"),
        };
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        if (_tokenizer.TokenToId(text) is { } id)
        {
            return (id, file.Source);
        }

        _warnings.Add($"{kind.ToUpperInvariant()}: {file.Source} says {BoundedJson.Shorten(text)}, which the tokenizer does not have; it is left out.");
        return null;
    }

    private static int[] Ids(ModelConfig? file, string key)
    {
        if (file?.Has(key) != true)
        {
            return [];
        }

        long[] ids = file.Raw(key).ValueKind == JsonValueKind.Array ? file.GetInt64Array(key) : [file.GetInt64(key)];
        return [.. ids.Where(id => id is >= 0 and <= int.MaxValue).Select(id => (int)id)];
    }

    private string Show(int[] ids) => string.Join(", ", ids.Select(Show));

    private string Show(int id) => _tokenizer?.IdToToken(id) is { } token ? $"{id} ({BoundedJson.Shorten(token)})" : $"{id}";
}
