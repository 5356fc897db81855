namespace TorchSharp.Interop;

/// <summary>The values that stand for an argument that is not there.</summary>
internal static class Absent
{
    /// <summary>No integer.</summary>
    public const long Integer = long.MinValue;

    /// <summary>No element type, no device.</summary>
    public const int Code = -1;

    /// <summary>The code of an element type, or <see cref="Code"/>.</summary>
    public static int TypeCode(torch.ScalarType? type) => type.HasValue ? (int)type.GetValueOrDefault() : Code;
}
