using System.Text.Json;

namespace LoraUnlearn.Serving.Http;

/// <summary>The fields of a request's JSON object, each checked as it is read.</summary>
/// <param name="root">The document.</param>
internal sealed class RequestFields(JsonElement root)
{
    /// <summary>A text that must be there.</summary>
    public string Text(string name) => Find(name) is { } value ? TextOf(value, name) : throw ApiException.Invalid($"'{name}' is missing; expected text.", name);

    /// <summary>A whole number, or null.</summary>
    public long? Whole(string name, long minimum, long maximum)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) && number >= minimum && number <= maximum
            ? number
            : throw ApiException.Invalid($"'{name}' must be a whole number from {minimum} to {maximum}.", name);
    }

    /// <summary>A number, or null.</summary>
    public double? Number(string name, double minimum, double maximum)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number >= minimum && number <= maximum
            ? number
            : throw ApiException.Invalid($"'{name}' must be a number from {minimum} to {maximum}.", name);
    }

    /// <summary>A switch; off unless given.</summary>
    public bool Flag(string name) => Find(name) is { } value && (value.ValueKind is JsonValueKind.True or JsonValueKind.False
        ? value.GetBoolean()
        : throw ApiException.Invalid($"'{name}' must be true or false.", name));

    /// <summary>A text or up to so many, none of them empty.</summary>
    public IReadOnlyList<string> Texts(string name, int most)
    {
        if (Find(name) is not { } value)
        {
            return [];
        }

        string[] texts = value.ValueKind == JsonValueKind.Array && value.GetArrayLength() <= most
            ? [.. value.EnumerateArray().Select(text => TextOf(text, name))]
            : value.ValueKind == JsonValueKind.String ? [TextOf(value, name)]
            : throw ApiException.Invalid($"'{name}' must be text or an array of up to {most} texts.", name);
        return Array.TrueForAll(texts, text => text.Length is > 0 and <= 1000)
            ? texts
            : throw ApiException.Invalid($"Each of '{name}' must have 1 to 1000 characters.", name);
    }

    /// <summary>A field that is there and not null.</summary>
    public JsonElement? Find(string name) => root.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>Refuses fields that ask for what is not offered; without them, or with the value that changes nothing, nothing is lost.</summary>
    public void RefuseUnlessNeutral(params IEnumerable<(string Name, string Neutral)> fields)
    {
        foreach ((string name, string neutral) in fields)
        {
            if (Find(name) is { } value && !IsNeutral(value, neutral))
            {
                throw ApiException.Invalid($"'{name}' is not supported here; leave it out{(neutral.Length > 0 ? $", or give {neutral}" : "")}.", name, "unsupported_parameter");
            }
        }
    }

    /// <summary>The text of a value.</summary>
    public static string TextOf(JsonElement value, string name)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString()! : throw ApiException.Invalid($"'{name}' must be text.", name);
        }
        catch (InvalidOperationException)
        {
            throw ApiException.Invalid($"'{name}' has half of a surrogate pair, which is no character.", name);
        }
    }

    private static bool IsNeutral(JsonElement value, string neutral) => value.ValueKind switch
    {
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any() || (neutral.Length > 0 && value.GetRawText().Replace(" ", "", StringComparison.Ordinal) == neutral),
        JsonValueKind.Number => value.TryGetDouble(out double number) && neutral == number.ToString(System.Globalization.CultureInfo.InvariantCulture),
        JsonValueKind.String => neutral.Length > 0 && neutral.Trim('"') == TextOf(value, ""),
        JsonValueKind.False => true,
        _ => false,
    };
}
