namespace LoraUnlearn.Checkpoints;

/// <summary>Opens files that came from elsewhere; every failure says which file and why.</summary>
public static class InputFile
{
    private static ReadOnlySpan<byte> LargeFilePointer => "version https://git-lfs.github.com/spec/"u8;

    /// <summary>Bytes of a regular file that is not empty.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Bytes, at least 1.</returns>
    /// <exception cref="InputException">There is no such file, or it is a folder, a device, a pipe or empty.</exception>
    public static long Length(string path)
    {
        long length = RequireRegular(path).Length;
        return length > 0 ? length : throw new InputException($"{path}: the file is empty.");
    }

    /// <summary>
    /// Opens a regular file for reading. Pipes and devices are refused, since opening one may never return and files are read
    /// more than once; so are Git LFS pointers, which stand where the file itself was not downloaded.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="allowEmpty">Whether a file of no bytes is right.</param>
    /// <exception cref="InputException">The file is missing, is no regular file, is empty, or may not be read.</exception>
    public static FileStream Open(string path, bool allowEmpty = false)
    {
        if (RequireRegular(path).Length == 0 && !allowEmpty)
        {
            throw new InputException($"{path}: the file is empty.");
        }

        FileStream stream = Attempt(path, () => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16));
        try
        {
            RejectLargeFilePointer(path, stream);
            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Reads a whole small file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maximumBytes">Its largest allowed size in bytes.</param>
    /// <exception cref="InputException">The file is missing, empty, may not be read, or is longer than the limit.</exception>
    public static byte[] ReadAllBytes(string path, long maximumBytes)
    {
        using FileStream stream = Open(path);
        if (stream.Length > maximumBytes)
        {
            throw new InputException($"{path}: the file has {stream.Length} bytes, expected at most {maximumBytes}.");
        }

        byte[] content = new byte[stream.Length];
        Attempt(path, () =>
        {
            stream.ReadExactly(content);
            return true;
        });
        return content;
    }

    private static FileFacts RequireRegular(string path)
    {
        FileFacts facts = FileFacts.Of(path);
        return facts.Kind switch
        {
            FileKind.File => facts,
            FileKind.Missing => throw new InputException($"{path}: no such file{(Path.Exists(path) ? " (or no permission to look at it)" : "")}."),
            FileKind.Folder => throw new InputException($"{path}: found a folder, expected a file."),
            FileKind.Pipe => throw new InputException($"{path}: found a pipe, expected a regular file: it is read more than once. Save what comes through it to a file first."),
            _ => throw new InputException($"{path}: found a device, expected a regular file."),
        };
    }

    private static void RejectLargeFilePointer(string path, FileStream stream)
    {
        Span<byte> start = stackalloc byte[LargeFilePointer.Length];
        int count = Attempt(path, stream, start);
        if (start[..count].SequenceEqual(LargeFilePointer))
        {
            throw new InputException($"{path}: this is a Git LFS pointer, not the file itself; run 'git lfs pull' in its repository, or download the file.");
        }

        stream.Position = 0;
    }

    private static int Attempt(string path, FileStream stream, Span<byte> start)
    {
        try
        {
            return stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot read: {FileFault.Reason(error)}.", error);
        }
    }

    private static T Attempt<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot read: {FileFault.Reason(error)}.", error);
        }
    }
}
