using System.Text.Json;
using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Data;

/// <summary>Splits a file that is one JSON array into its elements, without building the array.</summary>
internal static class JsonArrayRows
{
    private const byte LineFeed = (byte)'\n';

    /// <summary>Yields the elements, each with the line on which it begins, from 1.</summary>
    /// <param name="path">The file; it is read into memory.</param>
    /// <exception cref="InputException">It cannot be read, is too large, or is no JSON array.</exception>
    public static IEnumerable<(int Line, ReadOnlyMemory<byte> Bytes)> Read(string path)
    {
        byte[] file = InputFile.ReadAllBytes(path, 1 << 30);
        ReadOnlyMemory<byte> text = file.AsMemory(file.AsSpan().StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? 3 : 0);
        int at = 0, line = 1;
        foreach ((int start, int end) in Elements(text, path))
        {
            line += text.Span[at..start].Count(LineFeed);
            at = start;
            yield return (line, text[start..end]);
        }
    }

    private static List<(int Start, int End)> Elements(ReadOnlyMemory<byte> text, string path)
    {
        List<(int Start, int End)> elements = [];
        Utf8JsonReader reader = new(text.Span);
        try
        {
            reader.Read(); // [
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                int start = (int)reader.TokenStartIndex;
                reader.Skip();
                elements.Add((start, (int)reader.BytesConsumed));
            }

            reader.Read(); // nothing may follow
            return elements;
        }
        catch (JsonException error)
        {
            int line = (int)(error.LineNumber ?? 0) + 1;
            throw new InputException(
                $"{path}, line {line}: the file begins as a JSON array, and is none{(error.BytePositionInLine is { } position ? $" from byte {position + 1} of that line" : "")} on. A list of objects was expected, or JSONL, one object a line.",
                error);
        }
    }
}
