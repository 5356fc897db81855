using System.Text.Json;

namespace LoraUnlearn.Checkpoints;

/// <summary>Parses the JSON of a safetensors header in one pass, each entry checked by itself.</summary>
internal ref struct SafetensorsHeaderParser
{
    private const int MaximumRank = 64;

    private readonly string _path;
    private readonly long _dataStart;
    private Utf8JsonReader _reader;

    /// <summary>Begins at the start of the header's JSON; entry offsets are made absolute by adding <paramref name="dataStart"/>.</summary>
    public SafetensorsHeaderParser(string path, ReadOnlySpan<byte> json, long dataStart)
    {
        _path = path;
        _dataStart = dataStart;
        _reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 8 });
    }

    /// <exception cref="InputException">Something in it is not as the format demands.</exception>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public SafetensorsHeader Parse()
    {
        Dictionary<string, SafetensorsEntry> entries = new(StringComparer.Ordinal);
        Dictionary<string, string>? metadata = null;
        _reader.Read();
        while (NextKey() is string name)
        {
            if (name != "__metadata__")
            {
                SafetensorsEntry entry = ParseEntry(name);
                if (!entries.TryAdd(name, entry))
                {
                    throw Fault($"tensor '{BoundedJson.Shorten(name)}' appears twice in the header");
                }
            }
            else if (metadata is null)
            {
                metadata = ParseMetadata();
            }
            else
            {
                throw Fault("'__metadata__' appears twice in the header");
            }
        }

        _reader.Read();
        return new SafetensorsHeader(entries, metadata ?? []);
    }

    private Dictionary<string, string> ParseMetadata()
    {
        Dictionary<string, string> metadata = new(StringComparer.Ordinal);
        Expect(JsonTokenType.StartObject, "__metadata__", "an object of strings");
        while (NextKey() is string key)
        {
            string where = $"__metadata__ '{BoundedJson.Shorten(key)}'";
            Expect(JsonTokenType.String, where, "a string");
            if (!metadata.TryAdd(key, Text()))
            {
                throw Fault($"{where} appears twice");
            }
        }

        return metadata;
    }

    private SafetensorsEntry ParseEntry(string name)
    {
        string where = $"tensor '{BoundedJson.Shorten(name)}'";
        SafetensorsDType? type = null;
        List<long>? shape = null;
        List<long>? offsets = null;
        Expect(JsonTokenType.StartObject, where, "an object with dtype, shape and data_offsets");
        while (NextKey() is string key)
        {
            switch (key)
            {
                case "dtype" when type is null:
                    Expect(JsonTokenType.String, $"{where}: dtype", "a string");
                    string found = Text();
                    type = SafetensorsDType.Find(found)
                        ?? throw Unsupported(where, found);
                    break;
                case "shape" when shape is null:
                    shape = ParseNumbers($"{where}: shape", MaximumRank);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ParseNumbers($"{where}: data_offsets", 2);
                    break;
                default:
                    string reason = key is "dtype" or "shape" or "data_offsets" ? "appears twice" : "is not a key of the format";
                    throw Fault($"{where}: '{BoundedJson.Shorten(key)}' {reason}");
            }
        }

        if (type is null || shape is null || offsets is null)
        {
            string missing = type is null ? "dtype" : shape is null ? "shape" : "data_offsets";
            throw Fault($"{where}: '{missing}' is missing");
        }

        return Entry(name, where, type, [.. shape], offsets);
    }

    private readonly SafetensorsEntry Entry(string name, string where, SafetensorsDType type, long[] shape, List<long> offsets)
    {
        if (offsets.Count != 2 || offsets[0] > offsets[1] || offsets[1] > long.MaxValue - _dataStart)
        {
            throw Fault($"{where}: found data_offsets [{string.Join(", ", offsets)}], expected [begin, end] with begin <= end");
        }

        long byteCount = offsets[1] - offsets[0];
        long? expected = ByteCount(type, shape)
            ?? throw Fault($"{where}: shape [{string.Join(", ", shape)}] has more elements than can be addressed");
        if (byteCount != expected)
        {
            throw Fault($"{where}: found {byteCount} bytes in data_offsets, expected {expected} for {type.Name} [{string.Join(", ", shape)}]");
        }

        return new SafetensorsEntry(name, type.Name, shape, _dataStart + offsets[0], byteCount);
    }

    /// <summary>Bytes of a shape; null where the product overflows, even if only by the strides beside a size of zero.</summary>
    private static long? ByteCount(SafetensorsDType type, long[] shape)
    {
        Int128 product = type.Size;
        foreach (long size in shape)
        {
            product *= Math.Max(size, 1);
            if (product > long.MaxValue)
            {
                return null;
            }
        }

        return Array.IndexOf(shape, 0L) >= 0 ? 0 : (long)product;
    }

    private List<long> ParseNumbers(string where, int maximumCount)
    {
        const string Expected = "an array of integers, none negative";
        List<long> numbers = [];
        Expect(JsonTokenType.StartArray, where, Expected);
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            if (_reader.TokenType != JsonTokenType.Number || !_reader.TryGetInt64(out long number) || number < 0)
            {
                throw Fault($"{where}: found {Token()}, expected {Expected}");
            }

            if (numbers.Count == maximumCount)
            {
                throw Fault($"{where}: found more than {maximumCount} numbers, expected at most {maximumCount}");
            }

            numbers.Add(number);
        }

        return numbers;
    }

    /// <summary>The next key of the object being read; null at its end.</summary>
    private string? NextKey()
    {
        _reader.Read();
        return _reader.TokenType == JsonTokenType.EndObject ? null : Text();
    }

    private void Expect(JsonTokenType type, string where, string expected)
    {
        _reader.Read();
        if (_reader.TokenType != type)
        {
            throw Fault($"{where}: found {Token()}, expected {expected}");
        }
    }

    private readonly string Text()
    {
        try
        {
            return _reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Fault("a name in the header escapes half of a surrogate pair; expected valid Unicode");
        }
    }

    private readonly string Token() => _reader.TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        _ => BoundedJson.Shorten(System.Text.Encoding.UTF8.GetString(_reader.ValueSpan[..Math.Min(_reader.ValueSpan.Length, 121)])),
    };

    // Letters, digits and underscores: a type of a later version of the format, or of a quantised model.
    private readonly InputException Unsupported(string where, string dtype) => dtype.Length is > 0 and <= 20 && dtype.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_')
        ? new($"{_path}: {where}: unsupported dtype {dtype}; expected one of {SafetensorsDType.Names}. Use the model's unquantised weights.")
        : Fault($"{where}: found dtype '{BoundedJson.Shorten(dtype)}', expected one of {SafetensorsDType.Names}");

    private readonly InputException Fault(string what) => new($"{_path}: {what}. The safetensors header is damaged or forged; get the file again.");
}
