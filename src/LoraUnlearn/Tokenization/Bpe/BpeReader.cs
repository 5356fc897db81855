using System.Text.Json;

namespace LoraUnlearn.Tokenization.Bpe;

/// <summary>
/// Reads the "model" of a tokenizer file as a stream: its vocabulary and merges are most of the file, and may come in
/// either order.
/// </summary>
internal ref struct BpeReader(ReadOnlySpan<byte> json, string source)
{
    // About what a token and its merge take in published files.
    private const int BytesPerToken = 40;

    private readonly ReadOnlySpan<byte> _json = json;
    private readonly string _source = source;
    private Vocabulary? _vocabulary;
    private Range? _merges;
    private BpeOptions _options = new();
    private string _type = "BPE";

    /// <param name="json">The whole document.</param>
    /// <param name="reader">Stands at the model's opening brace; afterwards at its closing one.</param>
    /// <param name="source">The file, for messages.</param>
    /// <exception cref="InputException">The model is malformed or not a byte-pair encoding.</exception>
    public static BpeModel Read(ReadOnlySpan<byte> json, ref Utf8JsonReader reader, string source)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new InputException($"{source}: model is not an object.");
        }

        BpeReader model = new(json, source);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            model.ReadField(key, ref reader);
        }

        return model.Build();
    }

    private void ReadField(string key, ref Utf8JsonReader reader)
    {
        switch (key)
        {
            case "type":
                _type = ReadString(key, ref reader) ?? throw Error(key, "is null; 'BPE' was expected");
                break;
            case "vocab" when reader.TokenType == JsonTokenType.StartObject:
                _vocabulary = ReadVocabulary(ref reader);
                break;
            case "merges" when reader.TokenType == JsonTokenType.StartArray:
                int start = (int)reader.TokenStartIndex;
                reader.Skip();
                _merges = start..(int)reader.BytesConsumed;
                break;
            case "unk_token":
                _options = _options with { UnknownToken = ReadString(key, ref reader) };
                break;
            case "continuing_subword_prefix":
                _options = _options with { ContinuingSubwordPrefix = ReadString(key, ref reader) ?? "" };
                break;
            case "end_of_word_suffix":
                _options = _options with { EndOfWordSuffix = ReadString(key, ref reader) ?? "" };
                break;
            case "fuse_unk":
                _options = _options with { FuseUnknown = ReadBoolean(key, ref reader) };
                break;
            case "byte_fallback":
                _options = _options with { ByteFallback = ReadBoolean(key, ref reader) };
                break;
            case "ignore_merges":
                _options = _options with { IgnoreMerges = ReadBoolean(key, ref reader) };
                break;
            case "dropout":
                CheckDropout(ref reader);
                break;
            default:
                reader.Skip();
                break;
        }
    }

    private readonly BpeModel Build()
    {
        if (_type != "BPE")
        {
            throw Error("type", $"is '{_type}', which is not supported; supported is BPE");
        }

        Vocabulary vocabulary = _vocabulary ?? throw Error("vocab", "is missing or not an object of tokens and ids");
        Range merges = _merges ?? throw Error("merges", "is missing or not an array");
        MergeTable table = MergeReader.Read(_json[merges], vocabulary, _options.ContinuingSubwordPrefix, _source);
        return new BpeModel(vocabulary, table, _options, _source);
    }

    private readonly Vocabulary ReadVocabulary(ref Utf8JsonReader reader)
    {
        Vocabulary vocabulary = new(_json.Length / BytesPerToken);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string token = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out int id) || id is < 0 or > Vocabulary.LargestId)
            {
                throw Error($"vocab['{token}']", $"is not a token id from 0 to {Vocabulary.LargestId}");
            }

            if (!vocabulary.TryAdd(token, id))
            {
                throw Error($"vocab['{token}']", vocabulary.Id(token) is { } first
                    ? $"is given twice, as {first} and as {id}; a token has one id"
                    : $"has the id {id}, which '{vocabulary.Token(id)}' has too; each id belongs to one token");
            }
        }

        return vocabulary;
    }

    private readonly void CheckDropout(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return;
        }

        if (reader.TokenType != JsonTokenType.Number || reader.GetDouble() != 0)
        {
            throw Error("dropout", "is neither null nor 0; with dropout the same text would give other tokens every time, so set it to null");
        }
    }

    private readonly string? ReadString(string key, ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.String => reader.GetString(),
        JsonTokenType.Null => null,
        _ => throw Error(key, "is neither a string nor null"),
    };

    private readonly bool ReadBoolean(string key, ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False or JsonTokenType.Null => false,
        _ => throw Error(key, "is neither true nor false"),
    };

    private readonly InputException Error(string key, string problem) => new($"{_source}: model.{key} {problem}.");
}
