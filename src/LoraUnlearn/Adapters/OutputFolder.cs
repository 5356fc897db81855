using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Adapters;

/// <summary>Makes folders to write into, and checks that they may be; failures say where and why.</summary>
public static class OutputFolder
{
    /// <summary>Creates a folder where there is none.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="InputException">There is a file of that name, or no permission.</exception>
    public static void Create(string folder) => Attempt(folder, () => Directory.CreateDirectory(folder));

    /// <summary>Removes a file where there is one.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="InputException">No permission.</exception>
    public static void Remove(string file)
    {
        if (File.Exists(file))
        {
            Attempt(file, () => File.Delete(file));
        }
    }

    /// <summary>
    /// Writes a new folder as a whole: the files go to <c>.name.partial</c> beside it, which is renamed at the end and removed
    /// on failure; one that a killed process left behind is removed first.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="write">Fills the folder of which it is given the path.</param>
    /// <exception cref="InputException">There is already something of that name, or the folder cannot be written.</exception>
    public static void WriteNew(string folder, Action<string> write)
    {
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        RequireFree(folder);
        string partial = Path.Combine(Path.GetDirectoryName(target) ?? target, $".{Path.GetFileName(target)}.partial");
        try
        {
            Attempt(folder, () => RemoveFolder(partial));
            Create(partial);
            write(partial);
            Attempt(folder, () =>
            {
                if (Directory.Exists(target))
                {
                    Directory.Delete(target); // empty, or this fails
                }

                Directory.Move(partial, target);
            });
        }
        catch (InputException error) when (error.Message.Contains(partial, StringComparison.Ordinal))
        {
            TryRemove(partial);
            throw new InputException(error.Message.Replace(partial, folder, StringComparison.Ordinal), error); // in the user's words
        }
        catch
        {
            TryRemove(partial);
            throw;
        }
    }

    /// <summary>Checks, before any work, that a new folder of that name may be written.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="InputException">There is a file of that name, or a folder that holds something.</exception>
    public static void RequireFree(string folder)
    {
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (File.Exists(target) || (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any()))
        {
            throw new InputException($"{folder}: already exists; name a new or empty folder with --out.");
        }
    }

    private static void RemoveFolder(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void TryRemove(string folder)
    {
        try
        {
            RemoveFolder(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The failure that brought us here is the one to report.
        }
    }

    private static void Attempt(string path, Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            string advice = error is UnauthorizedAccessException ? " Choose an output that may be written, or change the permissions." : "";
            throw new InputException($"{path}: cannot write: {FileFault.Reason(error)}.{advice}", error);
        }
    }
}
