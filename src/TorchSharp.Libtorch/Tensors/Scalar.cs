using TorchSharp.Interop;

namespace TorchSharp;

/// <summary>A number handed to an operator: a whole number, a floating-point number or a boolean.</summary>
public sealed class Scalar : IDisposable
{
    internal Scalar(Number value, torch.ScalarType type)
    {
        Value = value;
        Type = type;
    }

    /// <summary>The element type that the number came from.</summary>
    public torch.ScalarType Type { get; }

    internal Number Value { get; }

    /// <summary>A number from an unsigned byte.</summary>
    public static implicit operator Scalar(byte value) => Whole(value, torch.ScalarType.Byte);

    /// <summary>A number from a signed byte.</summary>
    public static implicit operator Scalar(sbyte value) => Whole(value, torch.ScalarType.Int8);

    /// <summary>A number from a 16-bit integer.</summary>
    public static implicit operator Scalar(short value) => Whole(value, torch.ScalarType.Int16);

    /// <summary>A number from a 32-bit integer.</summary>
    public static implicit operator Scalar(int value) => Whole(value, torch.ScalarType.Int32);

    /// <summary>A number from a 64-bit integer.</summary>
    public static implicit operator Scalar(long value) => Whole(value, torch.ScalarType.Int64);

    /// <summary>A number from a half-precision one.</summary>
    public static implicit operator Scalar(Half value) => Real((double)value, torch.ScalarType.Float16);

    /// <summary>A number from a bfloat16.</summary>
    public static implicit operator Scalar(BFloat16 value) => Real(value.ToSingle(), torch.ScalarType.BFloat16);

    /// <summary>A number from a single-precision one.</summary>
    public static implicit operator Scalar(float value) => Real(value, torch.ScalarType.Float32);

    /// <summary>A number from a double-precision one.</summary>
    public static implicit operator Scalar(double value) => Real(value, torch.ScalarType.Float64);

    /// <summary>A boolean.</summary>
    public static implicit operator Scalar(bool value) => new(new Number(value ? 1 : 0, Number.Boolean), torch.ScalarType.Bool);

    /// <summary>Nothing: the number is managed memory. TorchSharp's is native.</summary>
    public void Dispose()
    {
    }

    /// <summary>The number of a scalar that may be missing.</summary>
    internal static Number Optional(Scalar? scalar) => scalar is null ? new Number(0, Number.Absent) : scalar.Value;

    internal static Scalar Real(double value, torch.ScalarType type) =>
        new(new Number(BitConverter.DoubleToInt64Bits(value), Number.Floating), type);

    private static Scalar Whole(long value, torch.ScalarType type) => new(new Number(value, Number.Integer), type);
}
