using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>A number as the shim takes it: 64 bits, and what they mean.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct Number(long bits, long kind)
{
    /// <summary>The kind of a number that is not there.</summary>
    public const long Absent = -1;

    /// <summary>The kind of a 64-bit integer.</summary>
    public const long Integer = 0;

    /// <summary>The kind of a double.</summary>
    public const long Floating = 1;

    /// <summary>The kind of a boolean.</summary>
    public const long Boolean = 2;

    /// <summary>The bits of the integer, the double or the boolean.</summary>
    public readonly long Bits = bits;

    /// <summary>One of the constants of this type.</summary>
    public readonly long Kind = kind;

    /// <summary>The number as a double.</summary>
    public double AsDouble => Kind == Floating ? BitConverter.Int64BitsToDouble(Bits) : Bits;

    /// <summary>The number as an integer, truncated.</summary>
    public long AsInteger => Kind == Floating ? (long)BitConverter.Int64BitsToDouble(Bits) : Bits;

    /// <summary>Whether the number is not zero.</summary>
    public bool AsBoolean => Kind == Floating ? BitConverter.Int64BitsToDouble(Bits) != 0 : Bits != 0;
}
