using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>One entry of an index as the shim takes it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct IndexEntry
{
    /// <summary>A position in <see cref="Start"/>.</summary>
    public const long Position = 0;

    /// <summary>A slice.</summary>
    public const long Range = 1;

    /// <summary>A new dimension of size one.</summary>
    public const long NewDimension = 2;

    /// <summary>All dimensions that no entry names.</summary>
    public const long Rest = 3;

    /// <summary>A tensor of positions or a mask, in <see cref="Tensor"/>.</summary>
    public const long Chosen = 4;

    /// <summary>A boolean in <see cref="Start"/>.</summary>
    public const long Condition = 5;

    /// <summary>One of the constants of this type.</summary>
    public long Kind;

    /// <summary>The position, the start of the slice or the boolean.</summary>
    public long Start;

    /// <summary>The end of the slice, exclusive.</summary>
    public long Stop;

    /// <summary>The step of the slice.</summary>
    public long Step;

    /// <summary>The handle of the tensor.</summary>
    public nint Tensor;
}
