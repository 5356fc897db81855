using System.Globalization;

namespace LoraUnlearn.Checkpoints;

/// <summary>Asks the disk for room before a long write begins.</summary>
internal static class FreeSpace
{
    private const long BlockBytes = 4096;

    /// <summary>What tests say that the disk has free at a place, in this flow of control alone; null for the system's answer.</summary>
    public static AsyncLocal<Func<string, long?>?> Instead { get; } = new();

    /// <summary>Checks that files fit.</summary>
    /// <param name="output">The file or folder to write, as the user named it; it need not exist.</param>
    /// <param name="fileSizes">The length of each file in bytes.</param>
    /// <exception cref="InputException">There is less free than they need; the message names both.</exception>
    public static void Require(string output, IEnumerable<long> fileSizes)
    {
        long needed = fileSizes.Sum(size => (size + BlockBytes - 1) / BlockBytes * BlockBytes);
        if ((Instead.Value ?? At)(ExistingPart(output)) is long free && free < needed)
        {
            throw new InputException($"{output}: {Words(needed)} are needed, and the disk has {Words(free)} free; nothing was written. Free some, or choose an output on another disk.");
        }
    }

    // Null where the system does not say; writing then finds out.
    private static long? At(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    private static string ExistingPart(string path)
    {
        string full = Path.GetFullPath(path);
        while (!Directory.Exists(full) && Path.GetDirectoryName(full) is string parent)
        {
            full = parent;
        }

        return full;
    }

    private static string Words(long bytes)
    {
        (double unit, string name) = bytes >= 1e9 ? (1e9, "GB") : bytes >= 1e6 ? (1e6, "MB") : (1e3, "kB");
        return string.Create(CultureInfo.InvariantCulture, $"{bytes / unit:0.##} {name}");
    }
}
