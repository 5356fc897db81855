namespace LoraUnlearn.Checkpoints;

/// <summary>Opens files that came from elsewhere; every failure says which file and why.</summary>
internal static class InputFile
{
    /// <summary>The length of a regular file that is not empty.</summary>
    /// <exception cref="InputException">There is no such file, or it is a folder, a device, a pipe or empty.</exception>
    public static long Length(string path)
    {
        if (Directory.Exists(path))
        {
            throw new InputException($"{path}: found a folder, expected a file.");
        }

        FileInfo file = new(path);
        if (!file.Exists)
        {
            throw new InputException($"{path}: no such file.");
        }

        // A symbolic link's own length is that of its text: follow it. Pipes and devices have no length and must not be opened.
        long length = file.LinkTarget is null ? file.Length : FollowedLength(file);
        return length > 0
            ? length
            : throw new InputException($"{path}: the file is empty (or is no regular file).");
    }

    /// <summary>Opens a regular file for reading.</summary>
    /// <exception cref="InputException">The file is missing, empty, or may not be read.</exception>
    public static FileStream Open(string path)
    {
        Length(path);
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new InputException($"{path}: cannot read: permission denied.", error);
        }
        catch (IOException error)
        {
            throw new InputException($"{path}: cannot read: {error.Message}", error);
        }
    }

    /// <summary>Reads a whole small file.</summary>
    /// <exception cref="InputException">The file is missing, empty, may not be read, or is longer than the limit.</exception>
    public static byte[] ReadAllBytes(string path, long maximumBytes)
    {
        using FileStream stream = Open(path);
        if (stream.Length > maximumBytes)
        {
            throw new InputException($"{path}: the file has {stream.Length} bytes, expected at most {maximumBytes}.");
        }

        byte[] content = new byte[stream.Length];
        try
        {
            stream.ReadExactly(content);
        }
        catch (IOException error)
        {
            throw new InputException($"{path}: cannot read: {error.Message}", error);
        }

        return content;
    }

    private static long FollowedLength(FileInfo link)
    {
        try
        {
            return link.ResolveLinkTarget(returnFinalTarget: true) is FileInfo { Exists: true } target ? target.Length : 0;
        }
        catch (IOException error)
        {
            throw new InputException($"{link.FullName}: cannot follow the symbolic link: {error.Message}", error);
        }
    }
}
