using TorchSharp.Interop;
using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>Elements and descriptions of tensors.</summary>
public static class TensorExtensionMethods
{
    /// <summary>The only element as a single-precision number.</summary>
    public static float ToSingle(this Tensor value) => (float)value.OnlyElement().AsDouble;

    /// <summary>The only element as a double-precision number.</summary>
    public static double ToDouble(this Tensor value) => value.OnlyElement().AsDouble;

    /// <summary>The only element as a half-precision number.</summary>
    public static Half ToHalf(this Tensor value) => (Half)value.OnlyElement().AsDouble;

    /// <summary>The only element as a bfloat16.</summary>
    public static BFloat16 ToBFloat16(this Tensor value) => (BFloat16)value.OnlyElement().AsDouble;

    /// <summary>The only element as a signed byte.</summary>
    public static sbyte ToSByte(this Tensor value) => checked((sbyte)value.OnlyElement().AsInteger);

    /// <summary>The only element as an unsigned byte.</summary>
    public static byte ToByte(this Tensor value) => checked((byte)value.OnlyElement().AsInteger);

    /// <summary>The only element as a 16-bit integer.</summary>
    public static short ToInt16(this Tensor value) => checked((short)value.OnlyElement().AsInteger);

    /// <summary>The only element as a 32-bit integer.</summary>
    public static int ToInt32(this Tensor value) => checked((int)value.OnlyElement().AsInteger);

    /// <summary>The only element as a 64-bit integer.</summary>
    public static long ToInt64(this Tensor value) => value.OnlyElement().AsInteger;

    /// <summary>Whether the only element is not zero.</summary>
    public static bool ToBoolean(this Tensor value) => value.OnlyElement().AsBoolean;

    /// <summary>The product of sizes.</summary>
    public static long TotalSize(this IEnumerable<long> shape) => shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>The bytes of one element.</summary>
    public static int ElementSize(this ScalarType type) => type switch
    {
        ScalarType.Byte or ScalarType.Int8 or ScalarType.Bool => 1,
        ScalarType.Int16 or ScalarType.Float16 or ScalarType.BFloat16 => 2,
        ScalarType.Int32 or ScalarType.Float32 => 4,
        ScalarType.ComplexFloat64 => 16,
        _ => 8,
    };

    /// <summary>The shape, element type and device of a tensor on one line.</summary>
    public static string metastr(this Tensor tensor) =>
        tensor.IsInvalid ? "[invalid]" : $"[{string.Join("x", tensor.shape)}], type = {tensor.dtype}, device = {tensor.device}";
}
