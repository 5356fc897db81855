using System.Text.Json;
using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Data;

/// <summary>Reads a JSON array of objects, as TOFU's own files and <c>json.dump</c> have it.</summary>
internal static class JsonArrayFile
{
    /// <summary>The largest file, in bytes: it is read as a whole. Larger ones are better given as JSONL.</summary>
    private const long MaximumBytes = 512L << 20;

    /// <summary>Reads all rows.</summary>
    /// <exception cref="InputException">The file is too large, no JSON, or has an entry that is no row.</exception>
    public static List<DataRow> Read(string path)
    {
        ReadOnlyMemory<byte> text = InputFile.ReadAllBytes(path, MaximumBytes);
        text = text.Span.StartsWith("\uFEFF"u8) ? text[3..] : text;
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            List<DataRow> rows = [];
            foreach (JsonElement entry in document.RootElement.EnumerateArray())
            {
                int row = rows.Count + 1;
                rows.Add(new RowFields(entry, $"{path}, row {row}", row).ToRow() with { IsOfTable = true });
            }

            return rows;
        }
        catch (JsonException error)
        {
            throw new InputException(
                $"{path}, line {(error.LineNumber ?? 0) + 1}: the file begins like a JSON array and is none. Expected [{{…}}, {{…}}], or JSONL, one object a line.", error);
        }
        catch (InvalidOperationException error)
        {
            throw new InputException($"{path}: a string is not valid Unicode text. The file must be UTF-8.", error);
        }
    }
}
