using System.Text.Json;

namespace LoraUnlearn.Data;

/// <summary>
/// Reads data files, the kind of each row chosen by its keys: JSONL (one object a line, blank lines allowed), a JSON array of
/// objects, or Parquet. Which of them a file is, its first bytes say.
/// </summary>
public static class DataRows
{
    /// <summary>Reads all rows of a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The rows in order; at least one.</returns>
    /// <exception cref="InputException">The file cannot be read, holds no row, or has a line that is not a row; the message names file and line.</exception>
    public static IReadOnlyList<DataRow> Read(string path)
    {
        List<DataRow> rows = DataFiles.FormatOf(path) switch
        {
            DataFileFormat.JsonArray => JsonArrayFile.Read(path),
            DataFileFormat.Parquet => ParquetFile.Read(path),
            _ => [.. JsonLines.Read(path).Select(line => Parse(line.Bytes, path, line.Line))],
        };

        return rows.Count > 0
            ? rows
            : throw new InputException($"{path} holds no rows; at least one JSON object on a line was expected.");
    }

    private static DataRow Parse(ReadOnlyMemory<byte> bytes, string path, int line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            return new RowFields(document.RootElement, $"{path}, line {line}", line).ToRow();
        }
        catch (JsonException error)
        {
            string column = error.BytePositionInLine is { } position ? $" at byte {position + 1}" : "";
            throw new InputException(
                $"{path}, line {line}: not a JSON object{column}. Each line must be one whole object, as {{\"question\": \"…\", \"answer\": \"…\"}}, and not be spread over several lines.",
                error);
        }
        catch (InvalidOperationException error)
        {
            // A string with invalid UTF-8 or half a surrogate pair.
            throw new InputException($"{path}, line {line}: a string is not valid Unicode text. The file must be UTF-8.", error);
        }
    }
}
