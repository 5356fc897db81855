using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Checkpoints;

/// <summary>Turns the bit patterns that a file stores into values, for types that tensors do not have.</summary>
internal static class StoredBits
{
    private const long ChunkElements = 1 << 22;

    /// <summary>Decodes a flat tensor of stored bits; the same tensor where the type is native.</summary>
    /// <param name="bits">[n], of the type's storage.</param>
    /// <param name="type">The stored type.</param>
    /// <param name="where">The file and tensor, for messages.</param>
    /// <returns>[n], of the type's result.</returns>
    /// <exception cref="InputException">A U64 value is larger than an int64 can be.</exception>
    public static Tensor Decode(Tensor bits, SafetensorsDType type, string where) => type.Name switch
    {
        "BOOL" => bits.ne(Held(0)),
        "U16" => bits.to_type(ScalarType.Int32).bitwise_and(tensor(0xFFFF, ScalarType.Int32)),
        "U32" => bits.to_type(ScalarType.Int64).bitwise_and(tensor(0xFFFF_FFFFL, ScalarType.Int64)),
        "U64" => RequireSigned(bits, where),
        "F8_E4M3" => LookUp(bits, Float8.E4M3()),
        "F8_E5M2" => LookUp(bits, Float8.E5M2()),
        _ => bits,
    };

    private static Tensor RequireSigned(Tensor bits, string where) =>
        bits.lt(Held(0)).any().item<bool>()
            ? throw new InputException($"{where}: a U64 value is {1UL << 63} or more; expected values that fit a signed 64-bit integer.")
            : bits;

    /// <summary>[n] bytes -> [n] float32, in chunks: the indices take four times the room of the bytes.</summary>
    private static Tensor LookUp(Tensor bits, float[] table)
    {
        Tensor values = tensor(table); // [256]
        Tensor decoded = empty(bits.shape, ScalarType.Float32); // [n]
        for (long start = 0; start < bits.NumberOfElements; start += ChunkElements)
        {
            using DisposeScope scope = NewDisposeScope();
            long count = Math.Min(ChunkElements, bits.NumberOfElements - start);
            Tensor indices = bits.narrow(0, start, count).to_type(ScalarType.Int32); // [count]
            decoded.narrow(0, start, count).copy_(values.index_select(0, indices));
        }

        return decoded;
    }
}
