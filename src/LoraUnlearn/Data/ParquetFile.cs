using System.Collections;
using System.Globalization;
using System.Text.Json;
using Parquet;
using Parquet.Serialization;

namespace LoraUnlearn.Data;

/// <summary>Reads Parquet files, which most data sets of the Hugging Face hub are: each row as the JSON object it would be.</summary>
internal static class ParquetFile
{
    /// <summary>The largest file, in bytes: rows are kept in memory.</summary>
    private const long MaximumBytes = 512L << 20;

    static ParquetFile() => ParquetOptions.PreferUntypedString = true;

    /// <summary>Reads all rows.</summary>
    /// <exception cref="InputException">The file is too large or damaged, or has a row that is none.</exception>
    public static List<DataRow> Read(string path)
    {
        if (new FileInfo(path).Length > MaximumBytes)
        {
            throw new InputException($"{path}: the file is larger than {MaximumBytes >> 20} MiB, and rows are kept in memory. Give a part of it.");
        }

        List<DataRow> rows = [];
        foreach (IReadOnlyDictionary<string, object?> fields in Fields(path))
        {
            int row = rows.Count + 1;
            using JsonDocument document = JsonDocument.Parse(ToJson(fields));
            rows.Add(new RowFields(document.RootElement, $"{path}, row {row}", row).ToRow() with { IsOfTable = true });
        }

        return rows;
    }

    private static IEnumerable<IReadOnlyDictionary<string, object?>> Fields(string path)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            return [.. ParquetSerializer.DeserializeUntypedAsync(stream).GetAwaiter().GetResult().Data.Select(row => (IReadOnlyDictionary<string, object?>)row.ToDictionary(field => field.Key, field => (object?)field.Value))];
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // A damaged file makes the library throw whatever it happens to run into.
            throw new InputException($"{path}: the Parquet file cannot be read: {error.Message} Convert it to JSONL: python -c \"import pandas; pandas.read_parquet('FILE').to_json('FILE.jsonl', orient='records', lines=True)\"", error);
        }
    }

    private static byte[] ToJson(IReadOnlyDictionary<string, object?> fields)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream))
        {
            Write(writer, fields);
        }

        return stream.ToArray();
    }

    private static void Write(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case ReadOnlyMemory<char> text:
                writer.WriteStringValue(text.Span);
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case float or double:
                double number = Convert.ToDouble(value, CultureInfo.InvariantCulture);
                if (double.IsFinite(number))
                {
                    writer.WriteNumberValue(number);
                }
                else
                {
                    writer.WriteNullValue();
                }

                break;
            case sbyte or byte or short or ushort or int or uint or long or ulong or decimal:
                writer.WriteNumberValue(Convert.ToDecimal(value, CultureInfo.InvariantCulture));
                break;
            case byte[] bytes:
                writer.WriteStringValue(bytes);
                break;
            case IEnumerable<KeyValuePair<string, object?>> fields:
                writer.WriteStartObject();
                foreach ((string key, object? field) in fields)
                {
                    writer.WritePropertyName(key);
                    Write(writer, field);
                }

                writer.WriteEndObject();
                break;
            case IEnumerable items:
                writer.WriteStartArray();
                foreach (object? item in items)
                {
                    Write(writer, item);
                }

                writer.WriteEndArray();
                break;
            default:
                writer.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }
}
