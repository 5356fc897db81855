using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LoraUnlearn.Torch;

/// <summary>
/// How glibc keeps the memory of freed tensors. By default it gives every block of 32 MiB or more back to the system, which maps and
/// clears it again for the next tensor: that took two thirds of a softmax over the vocabulary. They stay in the heap instead, up to half
/// a gigabyte at its end, unless the user's environment says otherwise.
/// </summary>
internal static class LargeBlocks
{
    private const int TrimThreshold = -1, TopPad = -2, MapThreshold = -3; // malloc.h

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The allocator must be told before libtorch makes its first tensor, which any first use of TorchSharp may do.")]
    internal static void Keep()
    {
        if (!OperatingSystem.IsLinux()
            || Environment.GetEnvironmentVariable("GLIBC_TUNABLES") is not null
            || Environment.GetEnvironmentVariable("MALLOC_MMAP_THRESHOLD_") is not null)
        {
            return;
        }

        try
        {
            _ = SetOption(MapThreshold, 1 << 30);
            _ = SetOption(TrimThreshold, 512 << 20);
            _ = SetOption(TopPad, 64 << 20);
        }
        catch (EntryPointNotFoundException)
        {
            // Another C library than glibc: its allocator has no such options.
        }
    }

    [DllImport("libc", EntryPoint = "mallopt")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetOption(int option, int value);
}
