namespace LoraUnlearn.Data;

/// <summary>The formats of data files.</summary>
internal enum DataFileFormat
{
    /// <summary>One JSON object a line.</summary>
    JsonLines,

    /// <summary>One JSON array of objects.</summary>
    JsonArray,

    /// <summary>Apache Parquet.</summary>
    Parquet,
}

/// <summary>Tells the formats of data files apart.</summary>
internal static class DataFiles
{
    private const int Looked = 4096;

    /// <summary>The format, by the first bytes. What is no ordinary file, or cannot be read, counts as lines, whose reader says what is wrong.</summary>
    public static DataFileFormat FormatOf(string path)
    {
        try
        {
            if (new FileInfo(path) is not { Exists: true, Length: > 0 } file || (file.Attributes & (FileAttributes.Device | FileAttributes.Directory)) != 0)
            {
                return DataFileFormat.JsonLines;
            }

            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
            Span<byte> start = stackalloc byte[Looked];
            start = start[..stream.Read(start)];
            if (start.StartsWith("PAR1"u8))
            {
                return DataFileFormat.Parquet;
            }

            if (start.StartsWith("\uFEFF"u8))
            {
                start = start[3..];
            }

            int first = start.IndexOfAnyExcept(" \t\r\n"u8);
            return first >= 0 && start[first] == (byte)'[' ? DataFileFormat.JsonArray : DataFileFormat.JsonLines;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return DataFileFormat.JsonLines;
        }
    }
}
