namespace TorchSharp;

/// <summary>Managed numbers into scalars and back.</summary>
public static class ScalarExtensionMethods
{
    /// <summary>A scalar from an unsigned byte.</summary>
    public static Scalar ToScalar(this byte value) => value;

    /// <summary>A scalar from a signed byte.</summary>
    public static Scalar ToScalar(this sbyte value) => value;

    /// <summary>A scalar from a 16-bit integer.</summary>
    public static Scalar ToScalar(this short value) => value;

    /// <summary>A scalar from a 32-bit integer.</summary>
    public static Scalar ToScalar(this int value) => value;

    /// <summary>A scalar from a 64-bit integer.</summary>
    public static Scalar ToScalar(this long value) => value;

    /// <summary>A scalar from a half-precision number.</summary>
    public static Scalar ToScalar(this Half value) => value;

    /// <summary>A scalar from a bfloat16.</summary>
    public static Scalar ToScalar(this BFloat16 value) => value;

    /// <summary>A scalar from a single-precision number.</summary>
    public static Scalar ToScalar(this float value) => value;

    /// <summary>A scalar from a double-precision number.</summary>
    public static Scalar ToScalar(this double value) => value;

    /// <summary>A scalar from a boolean.</summary>
    public static Scalar ToScalar(this bool value) => value;

    /// <summary>The number in single precision.</summary>
    public static float ToSingle(this Scalar value) => (float)value.Value.AsDouble;

    /// <summary>The number in double precision.</summary>
    public static double ToDouble(this Scalar value) => value.Value.AsDouble;

    /// <summary>The number in half precision.</summary>
    public static Half ToHalf(this Scalar value) => (Half)value.Value.AsDouble;

    /// <summary>The number as a bfloat16.</summary>
    public static BFloat16 ToBFloat16(this Scalar value) => (BFloat16)value.Value.AsDouble;

    /// <summary>The number as a signed byte.</summary>
    public static sbyte ToSByte(this Scalar value) => checked((sbyte)value.Value.AsInteger);

    /// <summary>The number as an unsigned byte.</summary>
    public static byte ToByte(this Scalar value) => checked((byte)value.Value.AsInteger);

    /// <summary>The number as a 16-bit integer.</summary>
    public static short ToInt16(this Scalar value) => checked((short)value.Value.AsInteger);

    /// <summary>The number as a 32-bit integer.</summary>
    public static int ToInt32(this Scalar value) => checked((int)value.Value.AsInteger);

    /// <summary>The number as a 64-bit integer.</summary>
    public static long ToInt64(this Scalar value) => value.Value.AsInteger;

    /// <summary>Whether the number is not zero.</summary>
    public static bool ToBoolean(this Scalar value) => value.Value.AsBoolean;
}
