namespace TorchSharp;

/// <summary>Which managed type an element type is, and the reverse.</summary>
internal static class ElementTypes
{
    /// <summary>The managed type of an element type.</summary>
    public static Type ManagedType(torch.ScalarType type) => type switch
    {
        torch.ScalarType.Byte => typeof(byte),
        torch.ScalarType.Int8 => typeof(sbyte),
        torch.ScalarType.Int16 => typeof(short),
        torch.ScalarType.Int32 => typeof(int),
        torch.ScalarType.Int64 => typeof(long),
        torch.ScalarType.Float16 => typeof(Half),
        torch.ScalarType.BFloat16 => typeof(BFloat16),
        torch.ScalarType.Float32 => typeof(float),
        torch.ScalarType.Float64 => typeof(double),
        torch.ScalarType.Bool => typeof(bool),
        _ => throw new NotSupportedException($"{type} has no managed type here."),
    };

    /// <summary>The element type of a managed type.</summary>
    public static torch.ScalarType Of(Type type) =>
        type == typeof(byte) ? torch.ScalarType.Byte
        : type == typeof(sbyte) ? torch.ScalarType.Int8
        : type == typeof(short) ? torch.ScalarType.Int16
        : type == typeof(int) ? torch.ScalarType.Int32
        : type == typeof(long) ? torch.ScalarType.Int64
        : type == typeof(Half) ? torch.ScalarType.Float16
        : type == typeof(BFloat16) ? torch.ScalarType.BFloat16
        : type == typeof(float) ? torch.ScalarType.Float32
        : type == typeof(double) ? torch.ScalarType.Float64
        : type == typeof(bool) ? torch.ScalarType.Bool
        : throw new NotSupportedException($"The type {type} cannot be an element of a tensor.");
}
