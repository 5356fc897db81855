using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Data;

/// <summary>Splits a file into lines of bytes, so that no file, however long its lines, can exhaust the memory.</summary>
internal static class JsonLines
{
    /// <summary>The longest line that is read, in bytes.</summary>
    public const int MaximumLineBytes = 64 << 20;

    /// <summary>The most that is read of one file, in bytes: the rows are kept in memory.</summary>
    public const long MaximumFileBytes = 2L << 30;

    private const byte LineFeed = (byte)'\n';

    /// <summary>
    /// Yields the lines that are not blank, with their number from 1, without the line end and without a byte order mark.
    /// The memory is valid until the next line is asked for.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="maximumLineBytes">The longest line accepted.</param>
    /// <exception cref="InputException">The file cannot be read, is too large, or has a line that is too long.</exception>
    public static IEnumerable<(int Line, ReadOnlyMemory<byte> Bytes)> Read(string path, int maximumLineBytes = MaximumLineBytes)
    {
        using FileStream stream = Open(path);
        byte[] buffer = new byte[64 << 10];
        int start = 0;
        int end = 0;
        int line = 1;
        long total = 0;
        while (true)
        {
            int length = buffer.AsSpan(start, end - start).IndexOf(LineFeed);
            if (length >= 0)
            {
                ReadOnlyMemory<byte> content = Trim(buffer.AsMemory(start, length), line);
                if (!content.IsEmpty)
                {
                    yield return (line, content);
                }

                start += length + 1;
                line++;
                continue;
            }

            if (end - start > maximumLineBytes)
            {
                throw new InputException(
                    $"{path}, line {line}: the line is longer than {maximumLineBytes >> 20} MiB. Each row is one JSON object on a line of its own; is this a JSONL file?");
            }

            MakeRoom(ref buffer, ref start, ref end, maximumLineBytes);
            int read = ReadMore(stream, buffer.AsSpan(end), path);
            end += read;
            total += read;
            if (total > MaximumFileBytes)
            {
                throw new InputException($"{path}: the file is larger than {MaximumFileBytes >> 30} GiB, and rows are kept in memory. Give a part of it.");
            }

            if (read == 0)
            {
                ReadOnlyMemory<byte> last = Trim(buffer.AsMemory(start, end - start), line);
                if (!last.IsEmpty)
                {
                    yield return (line, last);
                }

                yield break;
            }
        }
    }

    private static FileStream Open(string path)
    {
        FileStream stream = InputFile.Open(path, allowEmpty: true);
        Span<byte> start = stackalloc byte[4];
        int count = ReadMore(stream, start, path);
        stream.Position = 0;
        if (Encoding(start[..count]) is string encoding)
        {
            stream.Dispose();
            throw new InputException($"{path}: this is {encoding} text; UTF-8 was expected. Convert it: iconv -f {encoding} -t UTF-8 FILE > NEWFILE");
        }

        return stream;
    }

    /// <summary>The encoding, by its byte order mark or by the zero bytes of its first letters; null for what may be UTF-8.</summary>
    private static string? Encoding(ReadOnlySpan<byte> start) => start switch
    {
        [0xFF, 0xFE, 0, 0] or [0, 0, 0xFE, 0xFF] or [0, 0, 0, not 0] or [not 0, 0, 0, 0] => "UTF-32",
        [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] or [0, not 0, ..] or [not 0, 0, ..] => "UTF-16",
        _ => null,
    };

    private static int ReadMore(FileStream stream, Span<byte> free, string path)
    {
        try
        {
            return stream.Read(free);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot read: {FileFault.Reason(error)}.", error);
        }
    }

    /// <summary>Moves the unread part to the front; where it fills the buffer, doubles the buffer.</summary>
    private static void MakeRoom(ref byte[] buffer, ref int start, ref int end, int maximumLineBytes)
    {
        if (start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);
        }

        if (end == buffer.Length)
        {
            Array.Resize(ref buffer, (int)Math.Min(2L * buffer.Length, Math.Max(maximumLineBytes + 1L, buffer.Length + 1L)));
        }
    }

    private static ReadOnlyMemory<byte> Trim(ReadOnlyMemory<byte> bytes, int line)
    {
        ReadOnlySpan<byte> byteOrderMark = [0xEF, 0xBB, 0xBF];
        if (line == 1 && bytes.Span.StartsWith(byteOrderMark))
        {
            bytes = bytes[byteOrderMark.Length..];
        }

        ReadOnlySpan<byte> blanks = " \t\r"u8;
        int first = bytes.Span.IndexOfAnyExcept(blanks);
        return first < 0 ? ReadOnlyMemory<byte>.Empty : bytes[first..(bytes.Span.LastIndexOfAnyExcept(blanks) + 1)];
    }
}
