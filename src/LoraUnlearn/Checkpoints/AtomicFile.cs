using System.Text;

namespace LoraUnlearn.Checkpoints;

/// <summary>
/// Writes a file so that a reader sees either the old content or the whole of the new one: the bytes go to a
/// temporary file in the same folder, are flushed to the disk, and the temporary file is renamed over the target.
/// </summary>
/// <remarks>
/// The temporary file of <c>name</c> is <c>.name.partial</c>; it is removed on failure, and one that a killed process
/// left behind is overwritten by the next write. One process at a time may write a given file.
/// </remarks>
public static class AtomicFile
{
    private const int BufferSize = 1 << 16;

    /// <summary>Writes text as UTF-8 without a byte order mark.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="text">Its new content.</param>
    /// <exception cref="InputException">The file cannot be written there.</exception>
    public static void WriteAllText(string path, string text) => WriteAllBytes(path, Encoding.UTF8.GetBytes(text));

    /// <summary>Writes bytes that are all at hand.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="content">Its new content.</param>
    /// <exception cref="InputException">The file cannot be written there.</exception>
    public static void WriteAllBytes(string path, byte[] content) => Write(path, stream => stream.Write(content));

    /// <summary>Writes what a callback puts on a stream, however much that is.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="write">Writes the new content; where it throws, the old file stays as it was.</param>
    /// <exception cref="InputException">The file cannot be written there: no folder, no permission, no space.</exception>
    public static void Write(string path, Action<Stream> write) => WriteFile(path, write);

    /// <summary>Writes what a callback puts into a file, at places of its choice.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="write">Writes the new content; where it throws, the old file stays as it was.</param>
    /// <exception cref="InputException">The file cannot be written there.</exception>
    internal static void WriteFile(string path, Action<FileStream> write)
    {
        (string target, string partial) = Locate(path);
        FileStream stream = Attempt(path, () => Create(partial));
        try
        {
            Attempt(path, () =>
            {
                using (stream)
                {
                    write(stream);
                    stream.Flush(flushToDisk: true);
                }

                File.Move(partial, target, overwrite: true);
                return true;
            });
        }
        catch
        {
            Remove(partial);
            throw;
        }
    }

    private static (string Target, string Partial) Locate(string path)
    {
        string target = Path.GetFullPath(path);
        string name = Path.GetFileName(target);
        if (name.Length == 0 || Directory.Exists(target))
        {
            throw new InputException($"{path}: cannot write: this is a folder; expected the name of a file.");
        }

        string folder = Path.GetDirectoryName(target)!;
        if (!Directory.Exists(folder))
        {
            throw new InputException($"{path}: cannot write: the folder {folder} does not exist; create it first.");
        }

        return (target, Path.Combine(folder, $".{name}.partial"));
    }

    private static FileStream Create(string partial) =>
        new(partial, FileMode.Create, FileAccess.Write, FileShare.None, BufferSize);

    private static T Attempt<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            string advice = error is UnauthorizedAccessException ? " Choose an output that may be written, or change the permissions."
                : FileFault.IsDiskFull(error) ? " Free some, or choose an output on another disk." : "";
            throw new InputException($"{path}: cannot write: {FileFault.Reason(error)}.{advice}", error);
        }
    }

    private static void Remove(string partial)
    {
        try
        {
            File.Delete(partial);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The failure that brought us here is the one to report.
        }
    }
}
