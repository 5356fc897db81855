using System.Diagnostics.CodeAnalysis;

namespace TorchSharp;

// Element types under libtorch's names. They are mutable in TorchSharp too; the signatures are its own.
[SuppressMessage("Usage", "CA2211:Non-constant fields should not be visible", Justification = "The names and kinds are TorchSharp's.")]
[SuppressMessage("Naming", "CA1715:Identifiers should have correct prefix", Justification = "The names are TorchSharp's.")]
public static partial class torch
{
    /// <summary>Boolean.</summary>
    public static ScalarType @bool = ScalarType.Bool;

    /// <summary>Unsigned 8-bit integer.</summary>
    public static ScalarType uint8 = ScalarType.Byte;

    /// <summary>Signed 8-bit integer.</summary>
    public static ScalarType int8 = ScalarType.Int8;

    /// <summary>Signed 16-bit integer.</summary>
    public static ScalarType int16 = ScalarType.Int16;

    /// <summary>Signed 32-bit integer.</summary>
    public static ScalarType int32 = ScalarType.Int32;

    /// <summary>Signed 64-bit integer.</summary>
    public static ScalarType int64 = ScalarType.Int64;

    /// <summary>bfloat16.</summary>
    public static ScalarType bfloat16 = ScalarType.BFloat16;

    /// <summary>Half precision.</summary>
    public static ScalarType float16 = ScalarType.Float16;

    /// <summary>Single precision.</summary>
    public static ScalarType float32 = ScalarType.Float32;

    /// <summary>Double precision.</summary>
    public static ScalarType float64 = ScalarType.Float64;

    /// <summary>Signed 16-bit integer.</summary>
    public static ScalarType @short = ScalarType.Int16;

    /// <summary>Signed 32-bit integer.</summary>
    public static ScalarType @int = ScalarType.Int32;

    /// <summary>Signed 64-bit integer.</summary>
    public static ScalarType @long = ScalarType.Int64;

    /// <summary>Half precision.</summary>
    public static ScalarType half = ScalarType.Float16;

    /// <summary>Single precision.</summary>
    public static ScalarType @float = ScalarType.Float32;

    /// <summary>Double precision.</summary>
    public static ScalarType @double = ScalarType.Float64;

    private static ScalarType _defaultType = ScalarType.Float32;

    /// <summary>The element type of factories that are given none.</summary>
    public static ScalarType get_default_dtype() => _defaultType;

    /// <summary>Sets the element type of factories that are given none.</summary>
    public static void set_default_dtype(ScalarType dtype) => _defaultType = dtype;

    /// <summary>Whether an element type holds whole numbers or booleans.</summary>
    public static bool is_integral(ScalarType type) => type switch
    {
        ScalarType.Byte or ScalarType.Int8 or ScalarType.Int16 or ScalarType.Int32 or ScalarType.Int64 or ScalarType.Bool => true,
        _ => false,
    };

    /// <summary>Whether an element type holds floating-point numbers.</summary>
    public static bool is_floating_point(ScalarType type) => type switch
    {
        ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32 or ScalarType.Float64 => true,
        _ => false,
    };

    /// <summary>Whether an element type holds complex numbers.</summary>
    public static bool is_complex(ScalarType type) => type is ScalarType.ComplexFloat32 or ScalarType.ComplexFloat64;

    /// <summary>Whether a tensor holds whole numbers or booleans.</summary>
    public static bool is_integral(Tensor t) => is_integral(t.dtype);

    /// <summary>Whether a tensor holds floating-point numbers.</summary>
    public static bool is_floating_point(Tensor input) => is_floating_point(input.dtype);

    /// <summary>Whether a tensor holds complex numbers.</summary>
    public static bool is_complex(Tensor input) => is_complex(input.dtype);

    /// <summary>Whether an object is a tensor.</summary>
    public static bool is_tensor(object obj) => obj is Tensor;

    /// <summary>How many elements a tensor has.</summary>
    public static long numel(Tensor input) => input.numel();

    /// <summary>How a quotient is rounded.</summary>
    public enum RoundingMode
    {
        /// <summary>Not at all.</summary>
        None,

        /// <summary>Towards zero.</summary>
        trunc,

        /// <summary>Down.</summary>
        floor,
    }
}
