namespace LoraUnlearn.Cli.Text;

/// <summary>Opens files that the user names.</summary>
internal static class InputFiles
{
    /// <summary>Opens a file for reading.</summary>
    /// <param name="option">The option that named it, for messages.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">There is no such file, or it cannot be read.</exception>
    public static FileStream OpenRead(string option, string path)
    {
        if (Directory.Exists(path))
        {
            throw new InputException($"{option}: {path} is a folder, expected a file.");
        }

        if (!File.Exists(path))
        {
            throw new InputException($"{option}: {path} does not exist, expected a file. Check the path.");
        }

        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{option}: {path} cannot be read: {exception.Message}", exception);
        }
    }
}
