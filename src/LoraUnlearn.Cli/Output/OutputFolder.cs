namespace LoraUnlearn.Cli.Output;

/// <summary>
/// A folder that is written as a whole: the work fills a folder beside it, which takes its name at the end. Where the work
/// fails, nothing is left.
/// </summary>
internal sealed class OutputFolder : IDisposable
{
    private readonly string _final;
    private bool _isComplete;

    private OutputFolder(string final, string working)
    {
        _final = final;
        Path = working;
    }

    /// <summary>Where to write; it exists.</summary>
    public string Path { get; }

    /// <summary>Checks, before any work, that the folder may be used: it does not exist, or is empty.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="InputException">It exists and holds something, or is a file.</exception>
    public static void Check(string path)
    {
        if (File.Exists(path))
        {
            throw new InputException($"--out: {path} is a file; expected a folder that does not exist yet.");
        }

        if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
        {
            throw new InputException($"--out: {path} exists already and is not empty; choose another folder, or delete it.");
        }
    }

    /// <summary>Makes the folder to write to.</summary>
    /// <param name="path">The folder in the end.</param>
    /// <exception cref="InputException">It may not be used, or cannot be created.</exception>
    public static OutputFolder Create(string path)
    {
        Check(path);
        string final = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        string parent = System.IO.Path.GetDirectoryName(final)!;
        string working = System.IO.Path.Combine(parent, $".{System.IO.Path.GetFileName(final)}.partial");
        try
        {
            if (Directory.Exists(working))
            {
                Directory.Delete(working, recursive: true);
            }

            Directory.CreateDirectory(working);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"--out: {path} cannot be created: {exception.Message} Choose another folder.", exception);
        }

        return new OutputFolder(final, working);
    }

    /// <summary>Everything is written: gives the folder its name.</summary>
    public void Complete()
    {
        if (Directory.Exists(_final))
        {
            Directory.Delete(_final);
        }

        Directory.Move(Path, _final);
        _isComplete = true;
    }

    /// <summary>Removes what was written, unless it was complete.</summary>
    public void Dispose()
    {
        if (!_isComplete && Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }
    }
}
