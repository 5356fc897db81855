using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Outputs;

/// <summary>
/// Whether writing one path could touch what is read from another: whether it is the same file or folder, contains it, or lies
/// within it, symbolic links, hard links and bind mounts seen through.
/// </summary>
internal static class PathOverlap
{
    private const int MostEntries = 20_000;
    private const int DeepestFolder = 8;

    /// <summary>How an output overlaps an input: "is", "contains" or "lies within"; null where it does not.</summary>
    /// <param name="output">A path that need not exist.</param>
    /// <param name="input">A path that is read.</param>
    public static string? Find(string output, string input)
    {
        if (FileFacts.Of(input).Kind == FileKind.Missing && !IsLink(input))
        {
            return null;
        }

        if (Between(output, input) is string found)
        {
            return found;
        }

        FileFacts written = FileFacts.Of(output);
        if (written.Kind == FileKind.Missing)
        {
            return null;
        }

        // A folder's files may be links to elsewhere, as in a download cache, or other names of one file.
        foreach (string entry in FilesBelow(input))
        {
            bool isElsewhere = IsLink(entry) && Between(output, entry) is not null;
            if (isElsewhere || written.IsSameAs(FileFacts.Of(entry)))
            {
                return written.Kind == FileKind.Folder ? "contains a file of" : "is a file of";
            }
        }

        return null;
    }

    /// <summary>The path with every symbolic link on the way resolved, whether or not its end exists.</summary>
    public static string Resolve(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        string? parent = Path.GetDirectoryName(full);
        if (parent is null)
        {
            return full;
        }

        string place = Path.Combine(Resolve(parent), Path.GetFileName(full));
        return Target(place) is string target && target != place ? Path.TrimEndingDirectorySeparator(target) : place;
    }

    private static string? Between(string output, string input)
    {
        // Each as it is reached and as it is named: replacing a link in a folder changes the folder too.
        foreach (string place in Places(output))
        {
            foreach (string other in Places(input))
            {
                if (Compare(place, other) is string found)
                {
                    return found;
                }
            }
        }

        return null;
    }

    private static string? Compare(string output, string input)
    {
        if (output == input || FileFacts.Of(output).IsSameAs(FileFacts.Of(input)))
        {
            return "is";
        }

        return IsAbove(input, output) ? "lies within" : IsAbove(output, input) ? "contains" : null;
    }

    // By name, and by the numbers of the folders on the way: a bind mount has other names.
    private static bool IsAbove(string upper, string lower)
    {
        FileFacts facts = FileFacts.Of(upper);
        for (string? folder = Path.GetDirectoryName(lower); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (folder == upper || (facts.Kind == FileKind.Folder && facts.IsSameAs(FileFacts.Of(folder))))
            {
                return true;
            }
        }

        return false;
    }

    private static IEnumerable<string> Places(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        string resolved = Resolve(full);
        yield return resolved;
        string named = Path.GetDirectoryName(full) is string parent ? Path.Combine(Resolve(parent), Path.GetFileName(full)) : full;
        if (named != resolved)
        {
            yield return named;
        }
    }

    private static string? Target(string path)
    {
        try
        {
            // One step at a time, each step's own folders resolved; a circle ends where .NET gives up.
            FileSystemInfo link = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
            return link.LinkTarget is null ? null : link.ResolveLinkTarget(returnFinalTarget: true) is { } target ? Resolve(target.FullName) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool IsLink(string path) => new FileInfo(path).LinkTarget is not null;

    private static IEnumerable<string> FilesBelow(string folder)
    {
        if (FileFacts.Of(folder).Kind != FileKind.Folder)
        {
            return [];
        }

        EnumerationOptions options = new() { RecurseSubdirectories = true, MaxRecursionDepth = DeepestFolder, IgnoreInaccessible = true, AttributesToSkip = 0 };
        return Directory.EnumerateFileSystemEntries(folder, "*", options).Take(MostEntries);
    }
}
