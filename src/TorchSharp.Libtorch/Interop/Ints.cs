using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>A pinned list of integers as the shim takes it; a null address means that there is none.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly unsafe struct Ints(long* data, long length)
{
    /// <summary>The first integer.</summary>
    public readonly long* Data = data;

    /// <summary>How many there are.</summary>
    public readonly long Length = length;
}
