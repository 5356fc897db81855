using System.Globalization;

namespace TorchSharp;

/// <summary>The upper half of a single-precision number: 8 bits of exponent, 7 of mantissa.</summary>
public readonly struct BFloat16 : IComparable<BFloat16>, IComparable, IEquatable<BFloat16>, IFormattable
{
    /// <summary>Zero.</summary>
    public static readonly BFloat16 Zero;

    /// <summary>One.</summary>
    public static readonly BFloat16 One = new(1f);

    /// <summary>Not a number.</summary>
    public static readonly BFloat16 NaN = new(float.NaN);

    /// <summary>Plus infinity.</summary>
    public static readonly BFloat16 PositiveInfinity = new(float.PositiveInfinity);

    /// <summary>Minus infinity.</summary>
    public static readonly BFloat16 NegativeInfinity = new(float.NegativeInfinity);

    /// <summary>The largest finite number.</summary>
    public static readonly BFloat16 MaxValue = FromRawValue(0x7F7F);

    /// <summary>The smallest finite number.</summary>
    public static readonly BFloat16 MinValue = FromRawValue(0xFF7F);

    private readonly ushort _bits;

    /// <summary>The nearest number to a single-precision one, halves to even.</summary>
    public BFloat16(float f)
    {
        uint bits = BitConverter.SingleToUInt32Bits(f);
        _bits = float.IsNaN(f) ? (ushort)0x7FC0 : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    private BFloat16(ushort bits, bool _) => _bits = bits;

    /// <summary>A number from its bits.</summary>
    public static BFloat16 FromRawValue(ushort rawValue) => new(rawValue, true);

    /// <summary>The same number in single precision.</summary>
    public float ToSingle() => BitConverter.UInt32BitsToSingle((uint)_bits << 16);

    /// <summary>The same number in single precision.</summary>
    public static explicit operator float(BFloat16 bf) => bf.ToSingle();

    /// <summary>The same number in double precision.</summary>
    public static explicit operator double(BFloat16 bf) => bf.ToSingle();

    /// <summary>The nearest number.</summary>
    public static explicit operator BFloat16(float f) => new(f);

    /// <summary>The nearest number.</summary>
    public static explicit operator BFloat16(double d) => new((float)d);

    /// <summary>Whether two numbers are equal.</summary>
    public static bool operator ==(BFloat16 a, BFloat16 b) => a.ToSingle() == b.ToSingle();

    /// <summary>Whether two numbers differ.</summary>
    public static bool operator !=(BFloat16 a, BFloat16 b) => a.ToSingle() != b.ToSingle();

    /// <summary>Whether the first number is less.</summary>
    public static bool operator <(BFloat16 a, BFloat16 b) => a.ToSingle() < b.ToSingle();

    /// <summary>Whether the first number is greater.</summary>
    public static bool operator >(BFloat16 a, BFloat16 b) => a.ToSingle() > b.ToSingle();

    /// <summary>Whether the first number is less or equal.</summary>
    public static bool operator <=(BFloat16 a, BFloat16 b) => a.ToSingle() <= b.ToSingle();

    /// <summary>Whether the first number is greater or equal.</summary>
    public static bool operator >=(BFloat16 a, BFloat16 b) => a.ToSingle() >= b.ToSingle();

    /// <summary>Whether a number is not one.</summary>
    public static bool IsNaN(BFloat16 bf) => float.IsNaN(bf.ToSingle());

    /// <summary>Whether a number is infinite.</summary>
    public static bool IsInfinity(BFloat16 bf) => float.IsInfinity(bf.ToSingle());

    /// <summary>Whether a number is finite.</summary>
    public static bool IsFinite(BFloat16 bf) => float.IsFinite(bf.ToSingle());

    /// <inheritdoc/>
    public bool Equals(BFloat16 other) => ToSingle().Equals(other.ToSingle());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is BFloat16 other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => ToSingle().GetHashCode();

    /// <inheritdoc/>
    public int CompareTo(BFloat16 other) => ToSingle().CompareTo(other.ToSingle());

    /// <inheritdoc/>
    public int CompareTo(object? obj) => obj switch
    {
        null => 1,
        BFloat16 other => CompareTo(other),
        _ => throw new ArgumentException($"A {obj.GetType()} cannot be compared with a BFloat16.", nameof(obj)),
    };

    /// <inheritdoc/>
    public override string ToString() => ToSingle().ToString(CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public string ToString(string? format, IFormatProvider? formatProvider) => ToSingle().ToString(format, formatProvider);
}
