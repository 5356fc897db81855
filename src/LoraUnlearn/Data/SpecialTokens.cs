using LoraUnlearn.Checkpoints;
using LoraUnlearn.Tokenization;

namespace LoraUnlearn.Data;

/// <summary>
/// The special tokens of a model folder, from tokenizer_config.json, special_tokens_map.json, generation_config.json and
/// config.json: the tokenizer's own end closes training rows, the list of generation_config.json (else config.json) stops
/// generation. Where the files disagree there is a warning with both values.
/// </summary>
public sealed record SpecialTokens
{
    /// <summary>No special tokens at all.</summary>
    public static SpecialTokens None { get; } = new();

    /// <summary>The id that ends training rows; null: none.</summary>
    public int? EndId { get; init; }

    /// <summary>The ids that stop generation.</summary>
    public IReadOnlyList<int> StopIds { get; init; } = [];

    /// <summary>The id that <c>add_bos_token</c> puts in front of a text where the tokenizer's post-processor puts none; null: none.</summary>
    public int? BeginningId { get; init; }

    /// <summary>Whether <c>add_eos_token</c> ends every text, text rows too.</summary>
    public bool EndsTexts { get; init; }

    /// <summary>The id of padding; null: none. Nothing is computed from it.</summary>
    public int? PaddingId { get; init; }

    /// <summary>The id for what is unknown; null: none.</summary>
    public int? UnknownId { get; init; }

    /// <summary>The template that the tokenizer's chat template renders; null where there is none or it is not a known one.</summary>
    public PromptTemplate? Template { get; init; }

    /// <summary>Whether there is a chat template.</summary>
    public bool HasChatTemplate { get; init; }

    /// <summary>What the files disagree about, a sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Reads the files of a model folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <exception cref="InputException">A file is malformed.</exception>
    public static SpecialTokens Read(string folder, Tokenizer tokenizer)
    {
        TokenizerSettings settings = TokenizerSettings.Read(folder);
        ModelConfig config = ModelConfig.Open(Path.Combine(folder, ModelFolder.ConfigName));
        string generationPath = Path.Combine(folder, ModelFolder.GenerationConfigName);
        ModelConfig? generation = File.Exists(generationPath) ? ModelConfig.Open(generationPath) : null;
        List<string> warnings = [];
        int? Id(string role, string? token)
        {
            if (token is null)
            {
                return null;
            }

            if (tokenizer.TokenToId(token) is { } id)
            {
                return id;
            }

            warnings.Add($"{TokenizerSettings.ConfigName} names '{BoundedJson.Shorten(token)}' as {role}, which tokenizer.json does not have; it is left out.");
            return null;
        }

        IReadOnlyList<int> stops = Ids(generation, "eos_token_id") is { Count: > 0 } own ? own : Ids(config, "eos_token_id");
        int? end = Id("eos_token", settings.End), beginning = Id("bos_token", settings.Beginning);
        int? padding = Id("pad_token", settings.Padding) ?? First(generation, config, "pad_token_id");
        int? unknown = Id("unk_token", settings.Unknown) ?? First(generation, config, "unk_token_id");
        Compare(warnings, tokenizer, "eos_token", end, generation, config);
        Compare(warnings, tokenizer, "bos_token", beginning, generation, config);
        beginning ??= First(generation, config, "bos_token_id");
        int? ending = end ?? (stops.Count > 0 ? stops[0] : null);
        string? Spelled(int? id) => id is { } known ? tokenizer.IdToToken(known) : null;
        ChatFormat? format = settings.ChatTemplate is { } jinja ? ChatTemplates.Recognise(jinja, settings.Beginning ?? Spelled(beginning), settings.End ?? Spelled(ending)) : null;
        return new SpecialTokens
        {
            EndId = ending,
            StopIds = stops.Count > 0 ? stops : ending is { } only ? [only] : [],
            BeginningId = settings.AddsBeginning == true ? beginning : null,
            EndsTexts = settings.AddsEnd == true,
            PaddingId = padding,
            UnknownId = unknown,
            Template = format?.ToPrompt(format.Name),
            HasChatTemplate = settings.ChatTemplate is not null,
            Warnings = warnings,
        };
    }

    // Lists are no disagreement where the tokenizer's token is among them: chat models have several ends.
    private static void Compare(List<string> warnings, Tokenizer tokenizer, string role, int? id, ModelConfig? generation, ModelConfig config)
    {
        if (id is null)
        {
            return;
        }

        foreach ((ModelConfig? source, string name) in new[] { (generation, ModelFolder.GenerationConfigName), (config, ModelFolder.ConfigName) })
        {
            IReadOnlyList<int> others = Ids(source, role + "_id");
            if (others.Count > 0 && !others.Contains(id.Value))
            {
                string said = string.Join(", ", others.Select(other => $"{other} ('{BoundedJson.Shorten(tokenizer.IdToToken(other) ?? "no token")}')"));
                string use = role == "eos_token" ? "Rows end with the tokenizer's; generation stops at that of " + (Ids(generation, "eos_token_id").Count > 0 ? ModelFolder.GenerationConfigName : ModelFolder.ConfigName) : "The tokenizer's is used";
                warnings.Add($"{role} is {id} ('{BoundedJson.Shorten(tokenizer.IdToToken(id.Value) ?? string.Empty)}') in the tokenizer's files and {said} in {name}. {use}.");
            }
        }
    }

    private static int? First(ModelConfig? generation, ModelConfig config, string key) =>
        Ids(generation, key) is [int first, ..] ? first : Ids(config, key) is [int second, ..] ? second : null;

    /// <summary>A token id or a list of them; negative ids, which some old folders have for "none", are left out.</summary>
    private static IReadOnlyList<int> Ids(ModelConfig? source, string key)
    {
        if (source is null || !source.Has(key))
        {
            return [];
        }

        long[] ids = source.Raw(key).ValueKind == System.Text.Json.JsonValueKind.Array ? source.GetInt64Array(key) : [source.GetInt64(key)];
        return [.. ids.Where(id => id is >= 0 and <= int.MaxValue).Select(id => (int)id)];
    }
}
