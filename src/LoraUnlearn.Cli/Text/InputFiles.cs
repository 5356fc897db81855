using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Cli.Text;

/// <summary>Opens files that the user names.</summary>
internal static class InputFiles
{
    /// <summary>Opens a regular file for reading; one of no bytes is right.</summary>
    /// <param name="option">The option that named it, for messages.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">There is no such file, or it cannot be read.</exception>
    public static FileStream OpenRead(string option, string path)
    {
        try
        {
            return InputFile.Open(path, allowEmpty: true);
        }
        catch (InputException exception)
        {
            throw new InputException($"{option}: {exception.Message}", exception);
        }
    }
}
