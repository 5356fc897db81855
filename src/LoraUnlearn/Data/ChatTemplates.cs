using System.Text.Json;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Tokenization;

namespace LoraUnlearn.Data;

/// <summary>A model's own chat template: where it is found, and whether the tokenizer has the tokens that a template spells.</summary>
public static class ChatTemplates
{
    private const int LargestFile = 4 << 20;

    /// <summary>The chat template of a model folder: <c>chat_template.jinja</c>, or the key of tokenizer_config.json.</summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="tokenizerConfig">Its tokenizer_config.json, or null.</param>
    /// <returns>The program; null where there is none.</returns>
    /// <exception cref="InputException">The file cannot be read.</exception>
    public static string? Find(string folder, ModelConfig? tokenizerConfig)
    {
        string file = Path.Combine(folder, "chat_template.jinja");
        if (File.Exists(file))
        {
            return System.Text.Encoding.UTF8.GetString(InputFile.ReadAllBytes(file, LargestFile));
        }

        if (tokenizerConfig?.Has("chat_template") != true)
        {
            return null;
        }

        JsonElement value = tokenizerConfig.Raw("chat_template");
        return value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            // A list of named templates; the one called default is what is used without a name.
            JsonValueKind.Array => value.EnumerateArray()
                .Where(entry => entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("name", out JsonElement name) && name.ValueKind == JsonValueKind.String && name.ValueEquals("default"))
                .Select(entry => entry.TryGetProperty("template", out JsonElement template) && template.ValueKind == JsonValueKind.String ? template.GetString() : null)
                .FirstOrDefault(),
            _ => null,
        };
    }

    /// <summary>Refuses a template that spells special tokens which the tokenizer does not have.</summary>
    /// <param name="template">The template.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="source">The model folder, for the message.</param>
    /// <exception cref="InputException">A marker is missing.</exception>
    public static void RequireMarkers(PromptTemplate template, Tokenizer tokenizer, string source)
    {
        if (template.Markers.FirstOrDefault(marker => !HasToken(tokenizer, marker)) is not { } missing)
        {
            return;
        }

        string[] fitting = [.. PromptTemplate.Names.Where(name => PromptTemplate.Named(name).Markers.All(marker => HasToken(tokenizer, marker)))];
        throw new InputException(
            $"--template {template.Name} needs the special token {missing}, which the tokenizer of {source} does not have; it would be read as letters. Templates that fit this tokenizer: {string.Join(", ", fitting)}.");
    }

    private static bool HasToken(Tokenizer tokenizer, string marker) =>
        tokenizer.TokenToId(marker) is { } id && tokenizer.Encode(marker, addSpecialTokens: false, parseSpecial: true) is [var only] && only == id;
}
