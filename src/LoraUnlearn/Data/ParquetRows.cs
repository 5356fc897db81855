using System.Text.Json;
using LoraUnlearn.Checkpoints;
using Parquet;
using Parquet.Serialization;

namespace LoraUnlearn.Data;

/// <summary>Reads the rows of a Parquet file, the form of most data sets of the hub, as JSON objects with the columns' names as keys.</summary>
internal static class ParquetRows
{
    private const long LargestFile = 1L << 30;

    private static ReadOnlySpan<byte> Magic => "PAR1"u8;

    /// <summary>Whether the file begins as Parquet does.</summary>
    /// <exception cref="InputException">It cannot be read.</exception>
    public static bool IsParquet(string path)
    {
        using FileStream file = InputFile.Open(path, allowEmpty: true);
        Span<byte> start = stackalloc byte[4];
        return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual(Magic);
    }

    /// <summary>Yields each row as UTF-8 JSON.</summary>
    /// <exception cref="InputException">The file cannot be read, is too large, or is damaged.</exception>
    public static IEnumerable<ReadOnlyMemory<byte>> Read(string path)
    {
        if (InputFile.Length(path) > LargestFile)
        {
            throw new InputException($"{path}: the Parquet file is larger than {LargestFile >> 30} GiB, and rows are kept in memory. Give a part of it.");
        }

        return Rows(path).Select(row => (ReadOnlyMemory<byte>)JsonSerializer.SerializeToUtf8Bytes(row));
    }

    private static IList<Dictionary<string, object>> Rows(string path)
    {
        try
        {
            using FileStream file = InputFile.Open(path);
            return ParquetSerializer.DeserializeUntypedAsync(file).GetAwaiter().GetResult().Data;
        }
        catch (Exception error) when (error is not (InputException or OutOfMemoryException))
        {
            // Whatever the reader trips over in a damaged or foreign file.
            throw new InputException($"{path}: the Parquet file cannot be read: {error.Message} Convert it to JSONL, for example with pandas: pandas.read_parquet(file).to_json(out, orient='records', lines=True)", error);
        }
    }
}
