using System.Globalization;
using System.Text.Json;
using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Reporting;

/// <summary>Parts of JSON that came from a file, where any of them may be missing or of another kind.</summary>
internal static class JsonReading
{
    private const int LongestText = 2000;

    /// <summary>The member at a path; null where there is none.</summary>
    public static JsonElement? At(this JsonElement element, params ReadOnlySpan<string> path)
    {
        JsonElement at = element;
        foreach (string name in path)
        {
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(name, out at))
            {
                return null;
            }
        }

        return at.ValueKind == JsonValueKind.Null ? null : at;
    }

    /// <summary>The number at a path; null where there is none, or it is not finite.</summary>
    public static double? NumberAt(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.At(path) is { ValueKind: JsonValueKind.Number } value && double.IsFinite(value.GetDouble()) ? value.GetDouble() : null;

    /// <summary>The text at a path, cut where it is very long; null where there is none.</summary>
    public static string? TextAt(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.At(path) is { ValueKind: JsonValueKind.String } value ? Short(value.GetString()!) : null;

    /// <summary>The elements of the array at a path, at most so many; none where there is no array.</summary>
    public static IReadOnlyList<JsonElement> ItemsAt(this JsonElement element, int most, params ReadOnlySpan<string> path) =>
        element.At(path) is { ValueKind: JsonValueKind.Array } array ? [.. array.EnumerateArray().Take(most)] : [];

    /// <summary>The members of the object at a path, at most so many; none where there is no object.</summary>
    public static IReadOnlyList<JsonProperty> MembersAt(this JsonElement element, int most, params ReadOnlySpan<string> path) =>
        element.At(path) is { ValueKind: JsonValueKind.Object } value ? [.. value.EnumerateObject().Take(most)] : [];

    /// <summary>The numbers of the array at a path; what is none of them is not a number.</summary>
    public static double[] NumbersAt(this JsonElement element, int most, params ReadOnlySpan<string> path) =>
        [.. element.ItemsAt(most, path).Select(item => item.ValueKind == JsonValueKind.Number ? item.GetDouble() : double.NaN)];

    /// <summary>Every number, text and truth value below an element by its path, like <c>training.epochs</c>.</summary>
    public static IEnumerable<(string Name, string Value)> Leaves(this JsonElement element, string prefix = "") => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => member.Value.Leaves(prefix.Length == 0 ? member.Name : $"{prefix}.{member.Name}")),
        JsonValueKind.Array when element.EnumerateArray().All(item => item.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array)) =>
            [(prefix, string.Join(", ", element.EnumerateArray().Take(20).Select(item => BoundedJson.Shorten(item.ToString()))) + (element.GetArrayLength() > 20 ? ", …" : ""))],
        JsonValueKind.Array => element.EnumerateArray().SelectMany((item, index) => item.Leaves($"{prefix}.{(index + 1).ToString(CultureInfo.InvariantCulture)}")),
        JsonValueKind.Null => [],
        _ => [(prefix, BoundedJson.Shorten(element.ToString()))],
    };

    /// <summary>The last part of a path that some machine wrote.</summary>
    public static string LastOf(string path) => path.TrimEnd('/', '\\').Split('/', '\\')[^1];

    /// <summary>A text that is not too long for a page.</summary>
    public static string Short(string text, int most = LongestText) => text.Length <= most ? text : text[..most] + "…";
}
