using System.Text.Json;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Data;
using LoraUnlearn.Tokenization;

namespace LoraUnlearn.Gguf;

/// <summary>
/// Describes a model's tokenizer to llama.cpp: tokens, types, scores or merges, special ids and the name of the pre-tokeniser. Two kinds
/// of byte-pair encoding are known there: of bytes (<c>gpt2</c>), and SentencePiece's of characters with byte fallback (<c>llama</c>).
/// </summary>
internal sealed class GgufTokenizer
{
    private const long LargestFile = 1L << 30;
    private const string Space = "▁";

    private readonly GgufMetadata _metadata;
    private readonly ModelFolder _model;
    private readonly Tokenizer _tokenizer;
    private readonly JsonElement _file;
    private readonly string _path;
    private readonly int _size;
    private readonly List<string> _notes = [];

    private GgufTokenizer(GgufMetadata metadata, ModelFolder model, string path, int size)
    {
        (_metadata, _model, _path, _size) = (metadata, model, path, size);
        _tokenizer = Tokenizer.Load(path);
        _file = BoundedJson.ReadObject(path, LargestFile);
    }

    private enum TokenKind
    {
        Normal = 1,
        Unknown = 2,
        Control = 3,
        UserDefined = 4,
        Unused = 5,
        Byte = 6,
    }

    /// <summary>Adds the keys.</summary>
    /// <param name="metadata">Where to add them.</param>
    /// <param name="model">The model folder.</param>
    /// <param name="vocabularySize">Rows of the embedding: llama.cpp wants as many tokens.</param>
    /// <returns>What llama.cpp will do otherwise, for people.</returns>
    /// <exception cref="InputException">llama.cpp has no tokenizer that gives the same tokens.</exception>
    public static IReadOnlyList<string> Describe(GgufMetadata metadata, ModelFolder model, long vocabularySize)
    {
        if (model.TokenizerPath is not { } path)
        {
            metadata.Add("tokenizer.ggml.model", "no_vocab");
            return [$"{model.Path} has no tokenizer.json: the GGUF takes and gives token ids only"];
        }

        GgufTokenizer description = new(metadata, model, path, (int)vocabularySize);
        description.Add();
        return description._notes;
    }

    private JsonElement BpeModel => _file.GetProperty("model");

    private void Add()
    {
        JsonElement preTokenizer = Part("pre_tokenizer");
        string? byteLevel = preTokenizer.ValueKind == JsonValueKind.Object ? GgufPreTokenizer.NameOf(preTokenizer, Flag(BpeModel, "ignore_merges")) : null;
        if (byteLevel is not null)
        {
            _metadata.Add("tokenizer.ggml.model", "gpt2");
            _metadata.Add("tokenizer.ggml.pre", byteLevel);
            if (Part("normalizer").ValueKind == JsonValueKind.Object)
            {
                _notes.Add("llama.cpp does not normalise text before it makes tokens, as this model's tokenizer does; text that is not in its normal form gets other tokens");
            }
        }
        else if (SentencePiecePrefix() is bool addsSpace)
        {
            _metadata.Add("tokenizer.ggml.model", "llama");
            _metadata.Add("tokenizer.ggml.pre", "default");
            _metadata.Add("tokenizer.ggml.add_space_prefix", addsSpace);
        }
        else
        {
            throw new InputException($"{_path}: no GGUF can be written: llama.cpp has no tokenizer that cuts text as this one's pre_tokenizer and normalizer do.");
        }

        AddTokens();
        AddMerges(byteLevel is not null);
        AddSpecial();
        AddTemplate();
    }

    // Whether a space comes before the text, where the file describes SentencePiece's way with spaces; null where it does not.
    private bool? SentencePiecePrefix()
    {
        if (!Flag(BpeModel, "byte_fallback"))
        {
            return null;
        }

        List<JsonElement> steps = [.. Flatten(Part("normalizer"), "normalizers"), .. Flatten(Part("pre_tokenizer"), "pretokenizers")];
        bool prefix = false, replaces = false;
        foreach (JsonElement step in steps)
        {
            switch (Text(step, "type"))
            {
                case "Prepend" when Text(step, "prepend") == Space:
                    prefix = true;
                    break;
                case "Replace" when Text(step, "content") == Space && Text(step.GetProperty("pattern"), "String") == " ":
                    replaces = true;
                    break;
                case "Metaspace" when Text(step, "replacement") == Space && !Flag(step, "split"):
                    replaces = true;
                    prefix |= Text(step, "prepend_scheme") is "first" or "always";
                    break;
                case "Split" when replaces && Text(step.GetProperty("pattern"), "String") == " ":
                    break; // nothing is left to split at
                default:
                    return null;
            }
        }

        return replaces ? prefix : null;
    }

    private void AddTokens()
    {
        string[] tokens = new string[_size];
        int[] kinds = new int[_size];
        HashSet<string> taken = new(StringComparer.Ordinal);
        HashSet<int> added = [.. AddedIds()];
        string? unknown = Text(BpeModel, "unk_token");
        bool hasBytes = Flag(BpeModel, "byte_fallback");
        for (int id = 0; id < _size; id++)
        {
            string? token = _tokenizer.IdToToken(id);
            TokenKind kind = token is null ? TokenKind.Unused
                : token == unknown ? TokenKind.Unknown
                : _tokenizer.IsSpecial(id) ? TokenKind.Control
                : added.Contains(id) ? TokenKind.UserDefined
                : hasBytes && IsByte(token) ? TokenKind.Byte
                : TokenKind.Normal;
            string text = token ?? $"[PAD{id}]";
            text = kind == TokenKind.UserDefined && hasBytes ? text.Replace(Space, " ", StringComparison.Ordinal) : text;
            while (!taken.Add(text))
            {
                text += "_"; // llama.cpp wants each text once
            }

            (tokens[id], kinds[id]) = (text, (int)kind);
        }

        if (_tokenizer.VocabularySize > _size)
        {
            _notes.Add($"{_tokenizer.VocabularySize - _size} tokens of {_path} have no row in the embedding and are left out");
        }

        _metadata.Add("tokenizer.ggml.tokens", tokens);
        _metadata.Add("tokenizer.ggml.token_type", kinds);
    }

    // llama.cpp merges by the rank of pairs where the encoding is of bytes, and else by the score of what a pair becomes.
    private void AddMerges(bool byRank)
    {
        GgufMerges merges = new(BpeModel.GetProperty("merges"));
        if (byRank)
        {
            _metadata.Add("tokenizer.ggml.merges", merges.Lines);
            return;
        }

        _metadata.Add("tokenizer.ggml.scores", merges.Scores(_tokenizer, _size, out int unmerged));
        if (unmerged > 0)
        {
            _notes.Add($"llama.cpp may make {unmerged} of the tokens from pairs that {_path} does not merge; some text gets other tokens");
        }
    }

    private void AddSpecial()
    {
        // What the post-processor puts around a text says whether llama.cpp should, too.
        (int[] whole, int before, int after) = Surroundings();
        if (before > 1 || after > 1)
        {
            _notes.Add("llama.cpp puts at most one token before and after a text; this model's tokenizer puts more");
        }

        SpecialTokens special = SpecialTokens.Read(_model.Path, _model.Config, _tokenizer);
        bool isBare = before == 0 && after == 0;
        long? beginning = before > 0 ? whole[0] : special.Bos;
        long? end = after > 0 ? whole[^1] : special.Eos;
        if (beginning is null && end is null)
        {
            _notes.Add($"{_model.Path} names no token that ends a text; llama.cpp then takes one of its own for it");
        }

        AddId("bos", beginning ?? end); // llama.cpp takes token 11 or 1 where nothing is said
        AddId("eos", end ?? beginning);
        AddId("padding", special.Pad);
        AddId("unknown", Text(BpeModel, "unk_token") is { } unknown ? _tokenizer.TokenToId(unknown) : null);
        _metadata.Add("tokenizer.ggml.add_bos_token", before > 0 || (isBare && special is { AddBos: true, Bos: not null }));
        _metadata.Add("tokenizer.ggml.add_eos_token", after > 0 || (isBare && special is { AddEos: true, Eos: not null }));
    }

    // A text with what the post-processor puts around it, and how many tokens that is before and after.
    private (int[] Whole, int Before, int After) Surroundings()
    {
        int[] text = _tokenizer.Encode("a");
        int[] whole = _tokenizer.Encode("a", addSpecialTokens: true);
        int before = text.Length == 0 ? -1 : whole.AsSpan().IndexOf(text);
        return before < 0 ? (whole, 0, 0) : (whole, before, whole.Length - text.Length - before);
    }

    private void AddId(string name, long? id)
    {
        if (id is { } known && known < _size)
        {
            _metadata.Add($"tokenizer.ggml.{name}_token_id", known);
        }
    }

    private void AddTemplate()
    {
        string single = Path.Combine(_model.Path, "chat_template.jinja"), settings = Path.Combine(_model.Path, "tokenizer_config.json");
        if (File.Exists(single))
        {
            _metadata.Add("tokenizer.chat_template", System.Text.Encoding.UTF8.GetString(InputFile.ReadAllBytes(single, LargestFile)));
        }
        else if (File.Exists(settings) && BoundedJson.ReadObject(settings).TryGetProperty("chat_template", out JsonElement template))
        {
            // One template, or a list of named ones.
            string? text = template.ValueKind == JsonValueKind.String ? template.GetString()
                : template.ValueKind == JsonValueKind.Array ? template.EnumerateArray().Where(entry => Text(entry, "name") == "default").Select(entry => Text(entry, "template")).FirstOrDefault()
                : null;
            if (text is not null)
            {
                _metadata.Add("tokenizer.chat_template", text);
            }
        }
    }

    private IEnumerable<int> AddedIds() => Part("added_tokens") is { ValueKind: JsonValueKind.Array } added
        ? added.EnumerateArray().Select(token => _tokenizer.TokenToId(Text(token, "content") ?? "")).OfType<int>()
        : [];

    private JsonElement Part(string key) => _file.TryGetProperty(key, out JsonElement value) ? value : default;

    private static IEnumerable<JsonElement> Flatten(JsonElement part, string items) =>
        part.ValueKind != JsonValueKind.Object ? []
        : Text(part, "type") == "Sequence" ? part.GetProperty(items).EnumerateArray().SelectMany(inner => Flatten(inner, items))
        : [part];

    private static bool IsByte(string token) => token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>' && token[3..5].All(char.IsAsciiHexDigitUpper);

    private static string? Text(JsonElement part, string key) =>
        part.ValueKind == JsonValueKind.Object && part.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool Flag(JsonElement part, string key) => part.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.True;
}
