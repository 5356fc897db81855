using System.Runtime.InteropServices;

namespace LoraUnlearn.Checkpoints;

/// <summary>What a path leads to.</summary>
public enum FileKind
{
    /// <summary>Nothing, or something that may not be looked at.</summary>
    Missing,

    /// <summary>A regular file.</summary>
    File,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A named pipe.</summary>
    Pipe,

    /// <summary>A device, such as a terminal or <c>/dev/null</c>.</summary>
    Device,

    /// <summary>A socket, or something else that is no file.</summary>
    Other,
}

/// <summary>What the system says of a path, symbolic links followed: the facts that tell one file from another whatever its names.</summary>
/// <param name="Kind">What is there.</param>
/// <param name="Length">Bytes of a regular file; 0 of anything else.</param>
/// <param name="Device">The file system's number.</param>
/// <param name="Inode">The file's number in it; equal numbers are one file under two names (hard links, bind mounts). 0 where the system does not say.</param>
public readonly record struct FileFacts(FileKind Kind, long Length, ulong Device, ulong Inode)
{
    private const int WorkingFolder = -100; // AT_FDCWD
    private const uint BasicFacts = 0x7FF; // STATX_BASIC_STATS

    /// <summary>Whether two paths lead to one file; false where either is missing or the system does not say.</summary>
    public bool IsSameAs(FileFacts other) => Inode != 0 && Inode == other.Inode && Device == other.Device;

    /// <summary>Looks at a path. Nothing is opened, so a pipe without a writer does not hold it up.</summary>
    /// <param name="path">Any path.</param>
    public static FileFacts Of(string path)
    {
        if (OperatingSystem.IsLinux() && path.Length > 0 && !path.Contains('\0'))
        {
            try
            {
                return Statx(WorkingFolder, path, 0, BasicFacts, out StatxResult found) == 0
                    ? new(KindOf(found.Mode), KindOf(found.Mode) == FileKind.File ? (long)found.Size : 0, ((ulong)found.DeviceMajor << 32) | found.DeviceMinor, found.Inode)
                    : default;
            }
            catch (EntryPointNotFoundException)
            {
                // A C library before 2018; what .NET itself knows must do.
            }
        }

        return Directory.Exists(path) ? new(FileKind.Folder, 0, 0, 0) : File.Exists(path) ? new(FileKind.File, LengthOf(path), 0, 0) : default;
    }

    private static long LengthOf(string path)
    {
        FileInfo file = new(path);
        return file.LinkTarget is null ? file.Length : file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo { Exists: true } target ? target.Length : 0;
    }

    private static FileKind KindOf(ushort mode) => (mode & 0xF000) switch
    {
        0x8000 => FileKind.File,
        0x4000 => FileKind.Folder,
        0x1000 => FileKind.Pipe,
        0x2000 or 0x6000 => FileKind.Device,
        _ => FileKind.Other,
    };

    [DllImport("libc", EntryPoint = "statx")]
    private static extern int Statx(int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, out StatxResult result);

    // struct statx of linux/stat.h, which is the same on every architecture.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private readonly struct StatxResult
    {
        [FieldOffset(28)]
        public readonly ushort Mode;

        [FieldOffset(32)]
        public readonly ulong Inode;

        [FieldOffset(40)]
        public readonly ulong Size;

        [FieldOffset(136)]
        public readonly uint DeviceMajor;

        [FieldOffset(140)]
        public readonly uint DeviceMinor;
    }
}
