using static TorchSharp.torch;

namespace LoraUnlearn.Checkpoints;

/// <summary>Where a tensor lies in a safetensors file.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="DType">The element type's name in the format: F64, F32, F16, BF16, F8_E4M3, F8_E5M2, I64 … U8, BOOL.</param>
/// <param name="Shape">The tensor's sizes; empty for a scalar.</param>
/// <param name="Offset">Its first byte, counted from the start of the file.</param>
/// <param name="ByteCount">Its length in bytes.</param>
public sealed record SafetensorsEntry(string Name, string DType, long[] Shape, long Offset, long ByteCount)
{
    /// <summary>The type of the tensor that reading gives; it differs from the stored one for F8 (float32) and unsigned integers (widened).</summary>
    public ScalarType ScalarType => Type.Result;

    /// <summary>Elements, the product of the sizes.</summary>
    public long Count => ByteCount / Type.Size;

    internal SafetensorsDType Type => SafetensorsDType.Find(DType)
        ?? throw new InvalidOperationException($"'{DType}' is not a type of the safetensors format.");
}
