using System.Text.Json.Nodes;

namespace LoraUnlearn.Evaluation;

/// <summary>Numbers for JSON, which has neither NaN nor infinities: those become null.</summary>
internal static class JsonNumber
{
    /// <summary>The number, or null where there is none or it is not finite.</summary>
    public static JsonNode? Of(double? value) =>
        value is { } number && double.IsFinite(number) ? JsonValue.Create(number) : null;
}
