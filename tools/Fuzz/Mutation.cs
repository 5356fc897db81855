using System.Buffers.Binary;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoraUnlearn.Data;

namespace LoraUnlearn.Fuzz;

/// <summary>What a file holds, which says how it can be spoilt and stay well-formed.</summary>
internal enum FileForm
{
    /// <summary>One JSON document.</summary>
    Json,

    /// <summary>A JSON object a line.</summary>
    JsonLines,

    /// <summary>A header of JSON and numbers behind it.</summary>
    Safetensors,

    /// <summary>Lines of text, among them YAML.</summary>
    Text,
}

/// <summary>Spoils files: half of the time so that the JSON in them stays well-formed and only what it says is wrong.</summary>
internal static class Mutation
{
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private static readonly string[] Values =
    [
        "null", "true", "false", "0", "-1", "1", "2", "3", "1e308", "-1e-308", "0.5", "1e400", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
        "2147483647", "2147483648", "4294967296", "1000000", "\"\"", "\"a\"", "\"0\"", "\"../../etc/passwd\"", "\"\\u0000\"", "\"\\ud83d\\ude00\"", "\"\\ud83d\"", "[]", "{}",
        "[null]", "[[]]", "{\"a\":{}}", "[0,1]", "[-1]", "[9223372036854775807,9223372036854775807]", "\"F32\"", "\"F64\"", "\"U8\"", "\"BF16\"", "\"F4\"", "\"linear\"", "\"all-linear\"", "\"(a*)*b\"",
    ];

    private static readonly string[] Lines =
    [
        "", " ", "null", "- a", "a: b", "rank: -1", "rank: 99999999999999999999", "alpha: nan", "set: {beta: 0.1}", "set: [a, b]", "&a [*a]", "!!python/object x", "dtype: float16", "max-length: 2", "template: \"{answer}\"",
        "template: \"{question}{question}{answer}\"", "seed: 9223372036854775807", "steps: 0", "---", "...", "? x", "{", "}", "[", "quiet: maybe", "json: true", "objective: npo", "\t\tx: 1", "x: |\n  y",
    ];

    /// <summary>A spoilt copy.</summary>
    /// <param name="content">The file as it should be.</param>
    /// <param name="form">What it holds.</param>
    /// <param name="random">Decides everything.</param>
    public static byte[] Spoil(byte[] content, FileForm form, SeededRandom random)
    {
        if (random.NextInt(2) == 0 || content.Length == 0)
        {
            return SpoilBytes(content, random);
        }

        try
        {
            return form switch
            {
                FileForm.Json => SpoilJson(content, random),
                FileForm.JsonLines => SpoilLine(content, random),
                FileForm.Safetensors => SpoilSafetensors(content, random),
                _ => SpoilText(content, random),
            };
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException or JsonException)
        {
            return SpoilBytes(content, random); // half of a surrogate pair, which a writer of JSON will not write
        }
    }

    private static byte[] SpoilBytes(byte[] content, SeededRandom random)
    {
        List<byte> bytes = [.. content];
        for (int times = 1 + random.NextInt(4); times > 0; times--)
        {
            int at = bytes.Count == 0 ? 0 : random.NextInt(Math.Min(bytes.Count, random.NextInt(2) == 0 ? 400 : int.MaxValue));
            int length = Math.Min(bytes.Count - at, 1 + random.NextInt(random.NextInt(2) == 0 ? 4 : 200));
            switch (random.NextInt(6))
            {
                case 0 when bytes.Count > 0:
                    bytes[at] = (byte)random.NextInt(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, length);
                    break;
                case 2:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                case 3:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 4:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Values[random.NextInt(Values.Length)]));
                    break;
                default:
                    bytes.InsertRange(at, Enumerable.Repeat("[{\"\0 \n"u8[random.NextInt(6)], 1 + random.NextInt(300)));
                    break;
            }
        }

        return [.. bytes];
    }

    private static byte[] SpoilJson(ReadOnlySpan<byte> content, SeededRandom random)
    {
        if (JsonNode.Parse(content) is not JsonNode root)
        {
            return content.ToArray();
        }

        for (int times = 1 + random.NextInt(3); times > 0; times--)
        {
            SpoilNode(root, random);
        }

        return Write(root);
    }

    private static void SpoilNode(JsonNode root, SeededRandom random)
    {
        // Down from the root, so that what stands high in a large document has its share.
        JsonNode node = root;
        while (true)
        {
            JsonNode[] inner = node switch
            {
                JsonObject pairs => [.. pairs.Select(pair => pair.Value).OfType<JsonNode>().Where(child => child is JsonObject or JsonArray)],
                JsonArray items => [.. items.OfType<JsonNode>().Where(child => child is JsonObject or JsonArray).Take(64)],
                _ => [],
            };
            if (inner.Length == 0 || random.NextInt(3) == 0)
            {
                break;
            }

            node = inner[random.NextInt(inner.Length)];
        }

        if (node is JsonObject { Count: > 0 } some)
        {
            SpoilObject(some, random);
        }
        else if (node is JsonArray list)
        {
            SpoilArray(list, random);
        }
    }

    private static void SpoilObject(JsonObject node, SeededRandom random)
    {
        string key = node.ElementAt(random.NextInt(node.Count)).Key, other = node.ElementAt(random.NextInt(node.Count)).Key;
        JsonNode? value = node[key];
        switch (random.NextInt(5))
        {
            case 0:
                node.Remove(key);
                break;
            case 1:
                node[key] = node[other]?.DeepClone();
                break;
            case 2:
                node.Remove(key);
                node[random.NextInt(2) == 0 ? key + "x" : new string('k', 1 + random.NextInt(2000))] = value?.DeepClone();
                break;
            default:
                node[key] = Value(value, random);
                break;
        }
    }

    private static void SpoilArray(JsonArray list, SeededRandom random)
    {
        if (list.Count == 0 || random.NextInt(3) == 0)
        {
            list.Insert(random.NextInt(list.Count + 1), Value(null, random));
            return;
        }

        int index = random.NextInt(list.Count);
        switch (random.NextInt(3))
        {
            case 0:
                list.RemoveAt(index);
                break;
            case 1:
                for (int copies = random.NextInt(random.NextInt(8) == 0 ? 500 : 4); copies > 0; copies--)
                {
                    list.Insert(index, list[index]?.DeepClone());
                }

                break;
            default:
                list[index] = Value(list[index], random);
                break;
        }
    }

    private static JsonNode? Value(JsonNode? before, SeededRandom random)
    {
        if (before is JsonValue old && random.NextInt(2) == 0)
        {
            if (old.TryGetValue(out string? text))
            {
                string[] changed = [text + text, text.Length > 0 ? text[1..] : "x", text.ToUpperInvariant(), "../" + text, string.Concat(Enumerable.Repeat(text, 300)), new string('(', 3000)];
                return changed[random.NextInt(changed.Length)];
            }

            if (old.TryGetValue(out long number))
            {
                long[] changed = [number + 1, number - 1, -number, number * 2, number << 20, number / 2];
                return changed[random.NextInt(changed.Length)];
            }
        }

        if (random.NextInt(40) == 0)
        {
            int depth = 1 + random.NextInt(200);
            return Parse(new string('[', depth) + new string(']', depth));
        }

        return Parse(Values[random.NextInt(Values.Length)]);
    }

    private static byte[] SpoilLine(byte[] content, SeededRandom random)
    {
        List<byte[]> lines = [.. Encoding.UTF8.GetString(content).Split('\n').Select(Encoding.UTF8.GetBytes)];
        int index = random.NextInt(lines.Count);
        if (lines[index].Length > 0)
        {
            lines[index] = SpoilJson(lines[index], random);
        }

        return [.. lines.SelectMany(line => line.Append((byte)'\n'))];
    }

    private static byte[] SpoilText(byte[] content, SeededRandom random)
    {
        List<string> lines = [.. Encoding.UTF8.GetString(content).Split('\n')];
        for (int times = 1 + random.NextInt(3); times > 0; times--)
        {
            int index = random.NextInt(lines.Count);
            switch (random.NextInt(4))
            {
                case 0:
                    lines.Insert(index, Lines[random.NextInt(Lines.Length)]);
                    break;
                case 1:
                    lines.RemoveAt(index);
                    lines.Add("");
                    break;
                case 2 when lines[index].Contains(':'):
                    lines[index] = $"{lines[index].Split(':')[0]}: {Values[random.NextInt(Values.Length)]}";
                    break;
                default:
                    lines.Insert(index, lines[random.NextInt(lines.Count)]);
                    break;
            }
        }

        return Encoding.UTF8.GetBytes(string.Join('\n', lines));
    }

    private static byte[] SpoilSafetensors(byte[] content, SeededRandom random)
    {
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(content);
        Span<byte> data = content.AsSpan(8 + length).ToArray();
        byte[] header = content[8..(8 + length)];
        if (random.NextInt(4) == 0 && data.Length >= 8)
        {
            // Numbers that are none, too large, or of no size at all.
            uint[] patterns = [0x7FC00000, 0x7F800000, 0xFF800000, 0x7F7FFFFF, 0, 1, 0x80000000];
            for (int times = 1 + random.NextInt(8); times > 0; times--)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(data[(random.NextInt(data.Length / 4) * 4)..], patterns[random.NextInt(patterns.Length)]);
            }
        }
        else
        {
            header = SpoilJson(header, random);
        }

        byte[] prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
        return [.. prefix, .. header, .. data];
    }

    private static byte[] Write(JsonNode root)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream, Writing))
        {
            root.WriteTo(writer);
        }

        return stream.ToArray();
    }

    private static JsonNode? Parse(string text) => JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { MaxDepth = 1000 });
}
