using System.Globalization;
using System.Text;
using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Outputs;

/// <summary>
/// A lock beside an output, <c>.name.lock</c>, which says who holds it. The system releases it when its process ends, in
/// whatever way; a file that is left behind then locks nothing.
/// </summary>
internal sealed class OutputLock : IDisposable
{
    private const long LockedByte = 1 << 20; // beyond the text, which others must be able to read
    private const int Attempts = 100;
    private static readonly HashSet<string> HeldHere = new(StringComparer.Ordinal);

    private readonly string _path;
    private readonly FileStream _stream;
    private readonly List<string> _createdFolders;

    private OutputLock(string path, FileStream stream, List<string> createdFolders)
    {
        (_path, _stream, _createdFolders) = (path, stream, createdFolders);
    }

    /// <summary>Locks an output until it is disposed or the process ends; does not wait for another's lock.</summary>
    /// <param name="output">The file or folder; it need not exist, nor the folders above it.</param>
    /// <param name="option">What messages call it.</param>
    /// <exception cref="InputException">Another run holds it, or nothing may be written there.</exception>
    public static OutputLock Take(string output, string option)
    {
        string target = PathOverlap.Resolve(output);
        string folder = Path.GetDirectoryName(target) ?? throw new InputException($"{option}: {output}: expected the name of a file or folder, found the root of the disk.");
        string path = Path.Combine(folder, $".{Path.GetFileName(target)}.lock");
        List<string> created = [];
        try
        {
            CreateMissing(folder, created);
            return TakeFile(path, created) ?? throw new InputException($"{option}: {output} is being written by another run: {Holder(path)}. Wait for it, stop it, or choose another {option}.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Remove(created);
            throw new InputException($"{option}: {output} cannot be written: {FileFault.Reason(error)}. Choose a place that can be written.", error);
        }
        catch (InputException)
        {
            Remove(created);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Removed while it is held: whoever opens it in between finds that it is no longer the one of that name.
        try
        {
            File.Delete(_path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A file that is left behind locks nothing.
        }

        _stream.Dispose();
        lock (HeldHere)
        {
            HeldHere.Remove(_path);
        }

        Remove(_createdFolders);
    }

    private static OutputLock? TakeFile(string path, List<string> created)
    {
        lock (HeldHere)
        {
            if (!HeldHere.Add(path))
            {
                return null; // the system's locks are a process's, not a thread's
            }
        }

        FileStream? stream = null;
        try
        {
            for (int attempt = 0; attempt < Attempts; attempt++)
            {
                stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);
                if (!TryLock(stream))
                {
                    break;
                }

                if (IsStillNamed(path, stream))
                {
                    stream.SetLength(0);
                    stream.Write(Encoding.UTF8.GetBytes(Description()));
                    return new OutputLock(path, stream, created);
                }

                stream.Dispose();
            }
        }
        catch
        {
            Release(path, stream);
            throw;
        }

        Release(path, stream);
        return null;
    }

    private static void Release(string path, FileStream? stream)
    {
        stream?.Dispose();
        lock (HeldHere)
        {
            HeldHere.Remove(path);
        }
    }

    private static bool TryLock(FileStream stream)
    {
        if (OperatingSystem.IsMacOS())
        {
            return true;
        }

        try
        {
            stream.Lock(LockedByte, 1);
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return false; // EACCES
        }
        catch (IOException error)
        {
            return error.HResult is not (11 or 35 or unchecked((int)0x80070021) or unchecked((int)0x80070020)); // a disk without locks locks nothing
        }
    }

    private static bool IsStillNamed(string path, FileStream stream)
    {
        if (!OperatingSystem.IsLinux())
        {
            return true;
        }

        FileFacts held = FileFacts.Of($"/proc/self/fd/{stream.SafeFileHandle.DangerousGetHandle()}");
        return held.Kind == FileKind.Missing || held.IsSameAs(FileFacts.Of(path));
    }

    private static string Description() => string.Create(
        CultureInfo.InvariantCulture,
        $"process {Environment.ProcessId} on {Environment.MachineName}, since {DateTime.UtcNow:yyyy-MM-dd HH:mm:ss} UTC");

    private static string Holder(string path)
    {
        lock (HeldHere)
        {
            if (HeldHere.Contains(path))
            {
                return "this process";
            }
        }

        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            byte[] text = new byte[200];
            int count = stream.ReadAtLeast(text, text.Length, throwOnEndOfStream: false);
            return count > 0 ? Encoding.UTF8.GetString(text, 0, count) : "a process that has not said its number yet";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "a process that cannot be named";
        }
    }

    private static void CreateMissing(string folder, List<string> created)
    {
        if (Directory.Exists(folder))
        {
            return;
        }

        if (Path.GetDirectoryName(folder) is string parent)
        {
            CreateMissing(parent, created);
        }

        Directory.CreateDirectory(folder);
        created.Add(folder);
    }

    private static void Remove(List<string> created)
    {
        try
        {
            for (int index = created.Count - 1; index >= 0 && !Directory.EnumerateFileSystemEntries(created[index]).Any(); index--)
            {
                Directory.Delete(created[index]);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Somebody uses it already, or it is gone.
        }
    }
}
