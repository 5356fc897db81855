using static TorchSharp.torch;

namespace LoraUnlearn.Checkpoints;

/// <summary>An element type of the safetensors format and the tensor type it is read as.</summary>
/// <param name="Name">Its name in the header.</param>
/// <param name="Size">Bytes per element.</param>
/// <param name="Storage">The tensor type whose bit patterns the file's bytes are mapped as.</param>
/// <param name="Result">The tensor type that reading gives.</param>
/// <param name="Order">Its place in the format's own order of types; the reference implementation lays out the largest first.</param>
internal sealed record SafetensorsDType(string Name, int Size, ScalarType Storage, ScalarType Result, int Order)
{
    private static readonly SafetensorsDType[] All =
    [
        new("BOOL", 1, ScalarType.Byte, ScalarType.Bool, 0),
        new("U8", 1, ScalarType.Byte, ScalarType.Byte, 1),
        new("I8", 1, ScalarType.Int8, ScalarType.Int8, 2),
        new("F8_E5M2", 1, ScalarType.Byte, ScalarType.Float32, 3),
        new("F8_E4M3", 1, ScalarType.Byte, ScalarType.Float32, 4),
        new("I16", 2, ScalarType.Int16, ScalarType.Int16, 5),
        new("U16", 2, ScalarType.Int16, ScalarType.Int32, 6),
        new("F16", 2, ScalarType.Float16, ScalarType.Float16, 7),
        new("BF16", 2, ScalarType.BFloat16, ScalarType.BFloat16, 8),
        new("I32", 4, ScalarType.Int32, ScalarType.Int32, 9),
        new("U32", 4, ScalarType.Int32, ScalarType.Int64, 10),
        new("F32", 4, ScalarType.Float32, ScalarType.Float32, 11),
        new("F64", 8, ScalarType.Float64, ScalarType.Float64, 12),
        new("I64", 8, ScalarType.Int64, ScalarType.Int64, 13),
        new("U64", 8, ScalarType.Int64, ScalarType.Int64, 14),
    ];

    private static readonly Dictionary<string, SafetensorsDType> ByName = All.ToDictionary(type => type.Name, StringComparer.Ordinal);

    public static string Names { get; } = string.Join(", ", All.Select(type => type.Name));

    /// <summary>The type of a name in a header; null where the name is not known.</summary>
    public static SafetensorsDType? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>The type that a tensor is written as: that of the same bits.</summary>
    /// <exception cref="ArgumentException">Tensors of this type cannot be written.</exception>
    public static SafetensorsDType ToWrite(ScalarType type) => type switch
    {
        ScalarType.Bool => ByName["BOOL"],
        ScalarType.Byte => ByName["U8"],
        ScalarType.Int8 => ByName["I8"],
        ScalarType.Int16 => ByName["I16"],
        ScalarType.Int32 => ByName["I32"],
        ScalarType.Int64 => ByName["I64"],
        ScalarType.Float16 => ByName["F16"],
        ScalarType.BFloat16 => ByName["BF16"],
        ScalarType.Float32 => ByName["F32"],
        ScalarType.Float64 => ByName["F64"],
        _ => throw new ArgumentException($"Tensors of type {type} cannot be written as safetensors.", nameof(type)),
    };
}
