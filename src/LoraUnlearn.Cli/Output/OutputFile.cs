namespace LoraUnlearn.Cli.Output;

/// <summary>Checks, before any work, that a file can be written.</summary>
internal static class OutputFile
{
    /// <summary>Checks a file that is to be written. A file that exists is replaced.</summary>
    /// <param name="option">The option that named it, for messages.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">It is a folder, or its folder is missing or cannot be written.</exception>
    public static void Check(string option, string path)
    {
        if (Directory.Exists(path))
        {
            throw new InputException($"{option}: {path} is a folder, expected the name of a file.");
        }

        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.Exists(folder))
        {
            throw new InputException($"{option}: the folder {folder} does not exist; create it first, or choose another file.");
        }

        string trial = Path.Combine(folder, $".{Path.GetRandomFileName()}.partial");
        try
        {
            File.Create(trial, 1, FileOptions.DeleteOnClose).Dispose();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{option}: {path} cannot be written: {exception.Message} Choose a folder that can be written.", exception);
        }
    }
}
