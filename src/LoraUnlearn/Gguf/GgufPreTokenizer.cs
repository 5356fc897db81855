using System.Text.Json;

namespace LoraUnlearn.Gguf;

/// <summary>
/// Which of llama.cpp's pre-tokenisers cuts text as a tokenizer.json does. llama.cpp names them after models, and each name stands for
/// expressions in its source (src/llama-vocab.cpp), so the name is found by comparing the expressions.
/// </summary>
internal static class GgufPreTokenizer
{
    private const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
    private const string Digits = "digits one by one";

    private const string Llama3 = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Qwen2 = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Tekken = @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Gpt4O = @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    // A name stands for its cuts and for whether a word that is a token is taken whole, whatever the merges say.
    private static readonly (string Name, string[] Cuts, bool IgnoresMerges)[] Known =
    [
        ("gpt-2", [Gpt2], false),
        ("smollm", [Digits, Gpt2], false),
        ("llama-bpe", [Llama3], true),
        ("smaug-bpe", [Llama3], false),
        ("qwen2", [Qwen2], false),
        ("tekken", [Tekken], true),
        ("gpt-4o", [Gpt4O], false),
    ];

    /// <summary>The name for <c>tokenizer.ggml.pre</c>; null where llama.cpp has no pre-tokeniser that cuts so.</summary>
    /// <param name="preTokenizer">The "pre_tokenizer" of the file.</param>
    /// <param name="ignoresMerges">The model's "ignore_merges".</param>
    public static string? NameOf(JsonElement preTokenizer, bool ignoresMerges)
    {
        List<string> cuts = [];
        return Collect(preTokenizer, cuts)
            ? Known.FirstOrDefault(known => known.Cuts.SequenceEqual(cuts) && known.IgnoresMerges == ignoresMerges).Name
            : null;
    }

    private static bool Collect(JsonElement part, List<string> cuts)
    {
        switch (Text(part, "type"))
        {
            case "Sequence":
                return part.GetProperty("pretokenizers").EnumerateArray().All(inner => Collect(inner, cuts));
            case "ByteLevel":
                if (Flag(part, "use_regex", true))
                {
                    cuts.Add(Gpt2);
                }

                return !Flag(part, "add_prefix_space", true);
            case "Digits":
                cuts.Add(Digits);
                return Flag(part, "individual_digits", false);
            case "Split":
                string? expression = part.GetProperty("pattern").ValueKind == JsonValueKind.Object ? Text(part.GetProperty("pattern"), "Regex") : null;
                cuts.Add(expression ?? "");

                // What the expression matches and what it leaves between cut alike, for expressions that leave nothing.
                return expression is not null && (Text(part, "behavior"), Flag(part, "invert", false)) is ("Isolated", _) or ("Removed", true);
            default:
                return false;
        }
    }

    private static string? Text(JsonElement part, string key) =>
        part.ValueKind == JsonValueKind.Object && part.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool Flag(JsonElement part, string key, bool absent) =>
        part.TryGetProperty(key, out JsonElement value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : absent;
}
