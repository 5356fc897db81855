namespace LoraUnlearn.Checkpoints;

/// <summary>Why the system would not read or write a file, in words, without the path: the message around it names what the user named.</summary>
public static class FileFault
{
    /// <summary>The reason, such as "permission denied" or "no space left on the disk".</summary>
    /// <param name="fault">What reading or writing threw.</param>
    public static string Reason(Exception fault) => fault switch
    {
        UnauthorizedAccessException => "permission denied",
        PathTooLongException => "the path is too long",
        FileNotFoundException => "no such file",
        DirectoryNotFoundException => "no such folder",
        EndOfStreamException => "the file ended early",
        _ when IsDiskFull(fault) => "no space left on the disk",
        _ => OfNumber(fault.HResult) ?? WithoutPath(fault.Message),
    };

    /// <summary>ENOSPC and EDQUOT (Linux, then macOS), ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL (Windows).</summary>
    public static bool IsDiskFull(Exception fault) =>
        fault is IOException && fault.HResult is 28 or 122 or 69 or unchecked((int)0x80070070) or unchecked((int)0x80070027);

    private static string? OfNumber(int number) => number switch
    {
        5 => "the disk reports an error",
        17 or unchecked((int)0x80070050) => "something of that name is in the way",
        20 => "a part of the path is a file, not a folder",
        21 => "it is a folder",
        30 => "the disk is read-only",
        36 => "the name is too long",
        40 => "its symbolic links go in a circle",
        _ => null,
    };

    // .NET appends " : 'path'", or puts the path in quotes into its sentence.
    private static string WithoutPath(string message)
    {
        int tail = message.IndexOf(" : '", StringComparison.Ordinal);
        string reason = tail < 0 ? message.Split('\n')[0] : message[..tail];
        return reason.Contains('\'') ? "the system refused it" : reason.TrimEnd('.');
    }
}
