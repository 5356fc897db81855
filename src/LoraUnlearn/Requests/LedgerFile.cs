using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Requests;

/// <summary>A file to which whole lines are added, each on the disk before the next thing is done.</summary>
internal static class LedgerFile
{
    private const long Largest = 1L << 30;

    /// <summary>Adds a line; half a line at the end, which a killed process left, is taken away first.</summary>
    /// <param name="path">The file; it is made where there is none.</param>
    /// <param name="line">The line, its end included.</param>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public static void Append(string path, byte[] line)
    {
        try
        {
            using FileStream stream = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            stream.SetLength(EndOfLastLine(stream));
            stream.Seek(0, SeekOrigin.End);
            stream.Write(line);
            stream.Flush(flushToDisk: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot write: {FileFault.Reason(error)}.", error);
        }
    }

    /// <summary>The whole lines of a file, without their ends; none where there is no file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">The file cannot be read, or is over 1 GiB.</exception>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Lines(string path)
    {
        if (!File.Exists(path))
        {
            return [];
        }

        using FileStream stream = InputFile.Open(path, allowEmpty: true);
        if (stream.Length > Largest)
        {
            throw new InputException($"{path}: found {stream.Length} bytes, expected the events of a ledger, at most {Largest}.");
        }

        byte[] content = new byte[EndOfLastLine(stream)];
        stream.Position = 0;
        stream.ReadExactly(content);
        List<ReadOnlyMemory<byte>> lines = [];
        for (int start = 0; start < content.Length;)
        {
            int length = content.AsSpan(start).IndexOf((byte)'\n');
            lines.Add(content.AsMemory(start, length));
            start += length + 1;
        }

        return lines;
    }

    private static long EndOfLastLine(FileStream stream)
    {
        byte[] one = new byte[1];
        for (long end = stream.Length; end > 0; end--)
        {
            stream.Position = end - 1;
            stream.ReadExactly(one);
            if (one[0] == (byte)'\n')
            {
                return end;
            }
        }

        return 0;
    }
}
