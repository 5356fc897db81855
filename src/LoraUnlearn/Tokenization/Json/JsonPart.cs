using System.Text.Json;

namespace LoraUnlearn.Tokenization.Json;

/// <summary>
/// A value of a tokenizer file together with where it stands, so that every complaint can name the file, the key, what
/// was found and what was expected.
/// </summary>
internal readonly struct JsonPart(JsonElement element, string source, string path)
{
    /// <summary><c>FILE: KEY</c>, for messages of others.</summary>
    public string Origin => $"{source}: {path}";

    public bool IsNull => element.ValueKind == JsonValueKind.Null;

    public bool IsObject => element.ValueKind == JsonValueKind.Object;

    /// <summary>An error whose message begins with <see cref="Origin"/>, to be thrown.</summary>
    public InputException Error(string problem) => new($"{Origin} {problem}.");

    /// <summary>Whether the object has the key with a value that is not null.</summary>
    public bool Has(string key) => TryGet(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>The value of a key that must be there.</summary>
    public JsonPart Get(string key) =>
        TryGet(key, out JsonElement value)
            ? new JsonPart(value, source, $"{path}.{key}")
            : throw Error($"has no '{key}'; the tokenizer file is incomplete");

    /// <summary>The string at a key that must be there.</summary>
    public string GetString(string key) => Get(key).AsString();

    /// <summary>The boolean at a key that must be there.</summary>
    public bool GetBoolean(string key) => Get(key).AsBoolean();

    /// <summary>The boolean at a key, or the given value where the key is absent.</summary>
    public bool GetBoolean(string key, bool otherwise) => TryGet(key, out _) ? GetBoolean(key) : otherwise;

    /// <summary>The whole number at a key, from 0 up.</summary>
    public int GetCount(string key) => Get(key).AsCount();

    /// <summary>The single character at a key, as a string of one code point.</summary>
    public string GetCharacter(string key)
    {
        string value = GetString(key);
        return value.Length > 0 && Unicode.CodePoints.FirstUnits(value) == value.Length
            ? value
            : throw Get(key).Error($"is '{value}'; a single character was expected");
    }

    /// <summary>The items of the array at a key that must be there.</summary>
    public IReadOnlyList<JsonPart> GetItems(string key) => Get(key).AsItems();

    public IReadOnlyList<JsonPart> AsItems()
    {
        Expect(JsonValueKind.Array, "an array");
        List<JsonPart> items = new(element.GetArrayLength());
        foreach (JsonElement item in element.EnumerateArray())
        {
            items.Add(new JsonPart(item, source, $"{path}[{items.Count}]"));
        }

        return items;
    }

    /// <summary>The only key of this object and its value: how the file writes a choice such as {"Regex": "..."}.</summary>
    public (string Key, JsonPart Value) AsChoice()
    {
        Expect(JsonValueKind.Object, "an object with one key");
        JsonProperty[] properties = element.EnumerateObject().Take(2).ToArray();
        return properties.Length == 1
            ? (properties[0].Name, new JsonPart(properties[0].Value, source, $"{path}.{properties[0].Name}"))
            : throw Error("must have exactly one key");
    }

    /// <summary>The kind of component that this object describes.</summary>
    public string GetComponentType()
    {
        Expect(JsonValueKind.Object, "an object with a 'type'");
        return GetString("type");
    }

    public string AsString()
    {
        Expect(JsonValueKind.String, "a string");
        return element.GetString()!;
    }

    public bool AsBoolean() =>
        element.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? element.GetBoolean()
            : throw Error($"is {Describe()}; true or false was expected");

    /// <summary>This value as a whole number, from 0 up.</summary>
    public int AsCount() =>
        element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int number) && number >= 0
            ? number
            : throw Error($"is {Describe()}; a whole number from 0 up was expected");

    /// <summary>A whole number from 0 to <see cref="Bpe.Vocabulary.LargestId"/>.</summary>
    public int AsTokenId()
    {
        int id = AsCount();
        return id <= Bpe.Vocabulary.LargestId
            ? id
            : throw Error($"is {id}; a token id is at most {Bpe.Vocabulary.LargestId}");
    }

    /// <summary>The value as it stands in the file, cut after 60 characters.</summary>
    public string Describe()
    {
        string text = element.GetRawText();
        return text.Length <= 60 ? text : $"{text[..60]}…";
    }

    private bool TryGet(string key, out JsonElement value)
    {
        value = default;
        return IsObject && element.TryGetProperty(key, out value);
    }

    private void Expect(JsonValueKind kind, string expected)
    {
        if (element.ValueKind != kind)
        {
            throw Error($"is {Describe()}; {expected} was expected");
        }
    }
}
