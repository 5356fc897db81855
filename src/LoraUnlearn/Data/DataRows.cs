using System.Text.Json;

namespace LoraUnlearn.Data;

/// <summary>Reads data files: JSONL, one object a line, blank lines allowed, the kind of each row chosen by its keys.</summary>
public static class DataRows
{
    /// <summary>Reads all rows of a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The rows in order; at least one.</returns>
    /// <exception cref="InputException">The file cannot be read, holds no row, or has a line that is not a row; the message names file and line.</exception>
    public static IReadOnlyList<DataRow> Read(string path)
    {
        List<DataRow> rows = [];
        foreach ((int line, ReadOnlyMemory<byte> bytes) in JsonLines.Read(path))
        {
            if (rows.Count == 0 && bytes.Span[0] == (byte)'[')
            {
                throw new InputException(
                    $"{path}, line {line}: this is a JSON array; JSONL was expected, one JSON object a line with no brackets or commas around them. 'jq -c .[] FILE' turns one into the other.");
            }

            rows.Add(Parse(bytes, path, line));
        }

        return rows.Count > 0
            ? rows
            : throw new InputException($"{path} holds no rows; at least one JSON object on a line was expected.");
    }

    private static DataRow Parse(ReadOnlyMemory<byte> bytes, string path, int line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            return new RowFields(document.RootElement, path, line).ToRow();
        }
        catch (JsonException error)
        {
            throw new InputException($"{path}, line {line}: {RowFault.Of(bytes.Span, error)}", error);
        }
        catch (InvalidOperationException error)
        {
            // A string with invalid UTF-8 or half a surrogate pair.
            throw new InputException($"{path}, line {line}: {RowFault.OfString(bytes.Span)}", error);
        }
    }
}
