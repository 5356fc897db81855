using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace LoraUnlearn.Data;

/// <summary>Why a line is no row, said by its real cause.</summary>
internal static class RowFault
{
    private static readonly string[] NotJson = ["-Infinity", "Infinity", "NaN", "nan", "None", "True", "False"];

    /// <summary>Why a line is not JSON.</summary>
    /// <param name="line">The line.</param>
    /// <param name="error">What the parser threw.</param>
    public static string Of(ReadOnlySpan<byte> line, JsonException error)
    {
        int position = (int)Math.Clamp(error.BytePositionInLine ?? 0, 0, line.Length);
        string place = error.BytePositionInLine is null ? "" : $" at byte {position + 1}";
        if (!Utf8.IsValid(line))
        {
            return "not UTF-8 text. Convert the file to UTF-8 first, for example with iconv.";
        }

        // The parser stops within the word, or at its first letter.
        int from = Math.Max(0, position - 9);
        string around = Encoding.UTF8.GetString(line[from..Math.Min(line.Length, position + 10)]);
        return Array.Find(NotJson, word => around.Contains(word, StringComparison.Ordinal)) is string found
            ? $"{found}{place}, which JSON does not have. Write {(found is "True" or "False" ? found.ToLowerInvariant() : "null")}, or leave the key out."
            : $"not a JSON object{place}. Each line must be one whole object, as {{\"question\": \"…\", \"answer\": \"…\"}}, and not be spread over several lines.";
    }

    /// <summary>Why a string of a line cannot be read although the line is JSON.</summary>
    /// <param name="line">The line.</param>
    public static string OfString(ReadOnlySpan<byte> line) => Utf8.IsValid(line)
        ? "a string escapes half of a surrogate pair (\\ud800 to \\udfff alone), which is no character. Repair the text; it was probably cut in the middle of an emoji."
        : "a string is not valid UTF-8. Convert the file to UTF-8 first, for example with iconv.";
}
