using System.Text.Json;
using System.Text.Unicode;

namespace LoraUnlearn.Checkpoints;

/// <summary>
/// Reads small JSON files that came from elsewhere: bounded in size and depth, valid UTF-8, without duplicate keys.
/// Every failure is an <see cref="InputException"/> with the file and, where there is one, the line.
/// </summary>
public static class BoundedJson
{
    /// <summary>The size limit unless the caller gives another: 64 MiB.</summary>
    public const long DefaultMaximumBytes = 64L << 20;

    private const int MaximumDepth = 64;

    /// <summary>Reads a file whose root is an object.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maximumBytes">Its largest allowed size in bytes.</param>
    /// <returns>The root; it needs no disposal.</returns>
    /// <exception cref="InputException">The file is missing, too large, malformed, or holds something else than an object.</exception>
    public static JsonElement ReadObject(string path, long maximumBytes = DefaultMaximumBytes)
    {
        JsonElement root = Read(path, maximumBytes);
        return root.ValueKind == JsonValueKind.Object
            ? root
            : throw new InputException($"{path}: found {Describe(root)} at the root, expected a JSON object.");
    }

    /// <summary>Reads a file whose root may be any JSON value.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maximumBytes">Its largest allowed size in bytes.</param>
    /// <returns>The root; it needs no disposal.</returns>
    /// <exception cref="InputException">The file is missing, too large or malformed.</exception>
    public static JsonElement Read(string path, long maximumBytes = DefaultMaximumBytes) =>
        Parse(InputFile.ReadAllBytes(path, maximumBytes), path);

    /// <summary>Parses UTF-8 JSON.</summary>
    /// <param name="utf8">The text; a byte order mark is skipped.</param>
    /// <param name="source">What to call it in messages.</param>
    /// <returns>The root; it needs no disposal.</returns>
    /// <exception cref="InputException">The text is malformed, nests more than 64 deep, or repeats a key.</exception>
    public static JsonElement Parse(ReadOnlyMemory<byte> utf8, string source)
    {
        ReadOnlyMemory<byte> text = utf8.Span.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8;
        if (!Utf8.IsValid(text.Span))
        {
            throw new InputException($"{source}: the file is not valid UTF-8; expected JSON text.");
        }

        try
        {
            RejectDuplicateKeys(text.Span, source);
            using JsonDocument document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = MaximumDepth });
            return document.RootElement.Clone();
        }
        catch (JsonException error)
        {
            long line = (error.LineNumber ?? 0) + 1;
            throw new InputException($"{source}, line {line}: not valid JSON: {Reason(error)}", error);
        }
    }

    /// <summary>A value in a few words, for messages: <c>the string "abc"</c>, <c>an object</c>, <c>the number 3</c>.</summary>
    internal static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => $"an array of {value.GetArrayLength()}",
        JsonValueKind.String => $"the string {Shorten(value.GetRawText())}",
        JsonValueKind.Number => $"the number {Shorten(value.GetRawText())}",
        _ => value.GetRawText(),
    };

    /// <summary>Text from a file, cut to a length that suits a message.</summary>
    internal static string Shorten(string text) => text.Length <= 120 ? text : string.Concat(text.AsSpan(0, 120), "…");

    private static void RejectDuplicateKeys(ReadOnlySpan<byte> text, string source)
    {
        Utf8JsonReader reader = new(text, new JsonReaderOptions { MaxDepth = MaximumDepth });
        Stack<HashSet<string>?> keysByDepth = new();
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    keysByDepth.Push(null);
                    break;
                case JsonTokenType.EndObject:
                    keysByDepth.Pop();
                    break;
                case JsonTokenType.PropertyName:
                    HashSet<string> keys = keysByDepth.Pop() ?? new HashSet<string>(StringComparer.Ordinal);
                    keysByDepth.Push(keys);
                    string key = Text(ref reader, text, source);
                    if (!keys.Add(key))
                    {
                        int line = LineOf(text, reader.TokenStartIndex);
                        throw new InputException($"{source}, line {line}: the key '{Shorten(key)}' appears twice in one object.");
                    }

                    break;
                case JsonTokenType.String:
                    Text(ref reader, text, source);
                    break;
            }
        }
    }

    /// <summary>A key or string, unescaped; an escaped half of a surrogate pair is refused here, once, for every later reader.</summary>
    private static string Text(ref Utf8JsonReader reader, ReadOnlySpan<byte> text, string source)
    {
        try
        {
            return reader.ValueIsEscaped || reader.TokenType == JsonTokenType.PropertyName ? reader.GetString()! : string.Empty;
        }
        catch (InvalidOperationException error)
        {
            int line = LineOf(text, reader.TokenStartIndex);
            throw new InputException($"{source}, line {line}: a string escapes half of a surrogate pair; expected valid Unicode.", error);
        }
    }

    private static int LineOf(ReadOnlySpan<byte> text, long index) => text[..(int)index].Count((byte)'\n') + 1;

    /// <summary>A parser's message without its own "Path: … | LineNumber: … | BytePositionInLine: …" tail.</summary>
    /// <param name="error">What the parser threw.</param>
    public static string Reason(Exception error)
    {
        int tail = error.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        string reason = tail < 0 ? error.Message : error.Message[..tail];
        int path = reason.IndexOf(" Path:", StringComparison.Ordinal);
        return Shorten(path < 0 ? reason : reason[..path]);
    }
}
