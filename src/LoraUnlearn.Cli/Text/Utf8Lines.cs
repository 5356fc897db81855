using System.Text;

namespace LoraUnlearn.Cli.Text;

/// <summary>
/// Lines of a byte stream, exactly as they stand: cut at line feeds and nowhere else, a byte order mark or a carriage
/// return kept, and bytes that are not UTF-8 refused instead of replaced.
/// </summary>
internal static class Utf8Lines
{
    private const int LongestLine = 64 << 20;
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The lines; a line feed at the very end begins no further line.</summary>
    /// <param name="stream">The bytes.</param>
    /// <param name="name">What messages call the stream: a path, or "standard input".</param>
    /// <param name="cancellation">Ends the wait for further bytes.</param>
    /// <exception cref="InputException">A line is not UTF-8, or is longer than 64 MiB.</exception>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    public static IEnumerable<string> Read(Stream stream, string name, CancellationToken cancellation = default)
    {
        byte[] buffer = new byte[1 << 16];
        MemoryStream line = new();
        long number = 1;
        int count;
        while ((count = Fill(stream, buffer, cancellation)) > 0)
        {
            int start = 0;
            for (int end; (end = Array.IndexOf(buffer, (byte)'\n', start, count - start)) >= 0; start = end + 1)
            {
                line.Write(buffer, start, end - start);
                string text = Take(ref line, name, number++);
                yield return text;
            }

            line.Write(buffer, start, count - start);
            if (line.Length > LongestLine)
            {
                throw new InputException($"{name} line {number}: longer than {LongestLine >> 20} MiB; expected one text a line.");
            }
        }

        if (line.Length > 0)
        {
            yield return Take(ref line, name, number);
        }
    }

    // A read from a terminal or a pipe cannot itself be cancelled; waiting for it can.
    private static int Fill(Stream stream, byte[] buffer, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return stream is FileStream or MemoryStream
            ? stream.Read(buffer)
            : Task.Run(() => stream.Read(buffer), CancellationToken.None).WaitAsync(cancellation).GetAwaiter().GetResult();
    }

    // The bytes of a long line are let go before its text is worked on.
    private static string Take(ref MemoryStream line, string name, long number)
    {
        string text = Decode(line, name, number);
        line.SetLength(0);
        if (line.Capacity > 1 << 20)
        {
            line.Dispose();
            line = new MemoryStream();
        }

        return text;
    }

    private static string Decode(MemoryStream line, string name, long number)
    {
        try
        {
            return Strict.GetString(line.GetBuffer(), 0, (int)line.Length);
        }
        catch (DecoderFallbackException exception)
        {
            throw new InputException(
                $"{name} line {number}: byte {exception.Index + 1} is not UTF-8. Convert the text to UTF-8 first.", exception);
        }
    }
}
