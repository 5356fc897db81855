using System.Text.Json;
using System.Text.Unicode;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Tokenization.AddedTokens;
using LoraUnlearn.Tokenization.Bpe;
using LoraUnlearn.Tokenization.Decoding;
using LoraUnlearn.Tokenization.Json;
using LoraUnlearn.Tokenization.Normalization;
using LoraUnlearn.Tokenization.PostProcessing;
using LoraUnlearn.Tokenization.PreTokenization;

namespace LoraUnlearn.Tokenization;

/// <summary>Reads a tokenizer.json, version 1.0: the model as a stream, the small parts as JSON values.</summary>
internal static class TokenizerFile
{
    private const string SupportedVersion = "1.0";

    /// <param name="json">The document.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="InputException">The document is malformed, incomplete, or names a component that is not supported.</exception>
    public static TokenizerParts Read(ReadOnlySpan<byte> json, string source)
    {
        if (json.StartsWith("\uFEFF"u8))
        {
            json = json[3..];
        }

        if (!Utf8.IsValid(json))
        {
            throw new InputException($"{source}: not UTF-8 text; a tokenizer.json was expected.");
        }

        try
        {
            return ReadDocument(json, source);
        }
        catch (JsonException e)
        {
            throw new InputException(
                $"{source}: not well-formed JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}: {BoundedJson.Reason(e)}", e);
        }
        catch (InvalidOperationException e)
        {
            // How the reader reports half of a surrogate pair written as an escape.
            throw new InputException($"{source}: holds a string that is not Unicode text: {e.Message}", e);
        }
    }

    private static TokenizerParts ReadDocument(ReadOnlySpan<byte> json, string source)
    {
        Utf8JsonReader reader = new(json);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new InputException($"{source}: not a JSON object; a tokenizer.json was expected.");
        }

        BpeModel? model = null;
        Dictionary<string, JsonPart> parts = new(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            switch (key)
            {
                case "model":
                    model = BpeReader.Read(json, ref reader, source);
                    break;
                case "version" or "added_tokens" or "normalizer" or "pre_tokenizer" or "post_processor" or "decoder":
                    parts[key] = new JsonPart(JsonElement.ParseValue(ref reader), source, key);
                    break;
                default:
                    // Truncation and padding among them: they are the caller's business.
                    reader.Skip();
                    break;
            }
        }

        // Whatever follows the object must be nothing.
        reader.Read();
        return Assemble(model ?? throw new InputException($"{source}: has no 'model'; the tokenizer file is incomplete."), parts);
    }

    private static TokenizerParts Assemble(BpeModel model, Dictionary<string, JsonPart> parts)
    {
        if (parts.TryGetValue("version", out JsonPart version) && version.AsString() != SupportedVersion)
        {
            throw version.Error($"is '{version.AsString()}'; {SupportedVersion} was expected");
        }

        INormalizer? normalizer = Optional(parts, "normalizer") is { } normalizerPart ? NormalizerReader.Read(normalizerPart) : null;
        AddedVocabulary added = Optional(parts, "added_tokens") is { } addedPart
            ? AddedTokenReader.Read(addedPart, model.Vocabulary, normalizer)
            : new AddedVocabulary([]);
        return new TokenizerParts(
            model,
            added,
            normalizer,
            Optional(parts, "pre_tokenizer") is { } preTokenizer ? PreTokenizerReader.Read(preTokenizer) : null,
            Optional(parts, "post_processor") is { } postProcessor ? PostProcessorReader.Read(postProcessor) : null,
            Optional(parts, "decoder") is { } decoder ? DecoderReader.Read(decoder) : null);
    }

    private static JsonPart? Optional(Dictionary<string, JsonPart> parts, string key) =>
        parts.TryGetValue(key, out JsonPart part) && !part.IsNull ? part : null;
}
