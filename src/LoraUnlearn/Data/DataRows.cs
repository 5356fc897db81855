using System.Text.Json;

namespace LoraUnlearn.Data;

/// <summary>
/// Reads data files: JSONL (one object a line, blank lines allowed), a JSON array of objects, or Parquet, whichever the file's
/// first bytes say; the kind of each row is chosen by its keys.
/// </summary>
public static class DataRows
{
    /// <summary>Reads all rows of a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The rows in order; at least one.</returns>
    /// <exception cref="InputException">The file cannot be read, holds no row, or has a line that is not a row; the message names file and line.</exception>
    public static IReadOnlyList<DataRow> Read(string path)
    {
        IReadOnlyList<DataRow> rows = ParquetRows.IsParquet(path)
            ? [.. ParquetRows.Read(path).Select((row, index) => Parse(row, path, index + 1))]
            : [.. Objects(path).Select(row => Parse(row.Bytes, path, row.Line))];
        return rows.Count > 0
            ? rows
            : throw new InputException($"{path} holds no rows; at least one JSON object on a line was expected.");
    }

    private static IEnumerable<(int Line, ReadOnlyMemory<byte> Bytes)> Objects(string path)
    {
        foreach ((int line, ReadOnlyMemory<byte> bytes) in JsonLines.Read(path))
        {
            if (bytes.Span[0] == (byte)'[')
            {
                return JsonArrayRows.Read(path);
            }

            break;
        }

        return JsonLines.Read(path);
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
