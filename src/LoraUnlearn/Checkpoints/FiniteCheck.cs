using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LoraUnlearn.Checkpoints;

/// <summary>
/// Finds NaN and infinities in stored tensors. The bytes are streamed past, a few MiB at a time, so that a file which is mapped
/// and not yet used takes no memory for it.
/// </summary>
internal static class FiniteCheck
{
    private const int ChunkBytes = 4 << 20;

    /// <summary>The first element of a tensor that is NaN or infinite; null where there is none, or the type has no such values.</summary>
    /// <param name="stream">The file; its position is changed.</param>
    /// <param name="entry">The tensor.</param>
    /// <returns>Its place among the tensor's elements, row-major, from 0.</returns>
    /// <exception cref="EndOfStreamException">The file is shorter than its header says.</exception>
    public static long? FirstNotFinite(Stream stream, SafetensorsEntry entry)
    {
        if (!HasNotFinite(entry.DType))
        {
            return null;
        }

        byte[] buffer = new byte[(int)Math.Min(ChunkBytes, Math.Max(1, entry.ByteCount))];
        stream.Position = entry.Offset;
        for (long done = 0; done < entry.ByteCount;)
        {
            Span<byte> chunk = buffer.AsSpan(0, (int)Math.Min(buffer.Length, entry.ByteCount - done));
            stream.ReadExactly(chunk);
            int found = Find(chunk, entry.DType);
            if (found >= 0)
            {
                return (done / entry.Type.Size) + found;
            }

            done += chunk.Length;
        }

        return null;
    }

    private static bool HasNotFinite(string dtype) => dtype is "F64" or "F32" or "F16" or "BF16" or "F8_E4M3" or "F8_E5M2";

    /// <summary>The error about a value that is not finite.</summary>
    /// <param name="path">The file.</param>
    /// <param name="entry">The tensor.</param>
    /// <param name="place">The element.</param>
    public static InputException Fault(string path, SafetensorsEntry entry, long place) => new(
        $"{path}: tensor '{BoundedJson.Shorten(entry.Name)}' holds NaN or infinity (element {place} of {entry.Count}); the file is damaged, or what made it diverged. Get it again.");

    /// <summary>The place of the first value that is not finite; -1 where all are, or the type has no such values.</summary>
    /// <param name="bytes">Whole elements.</param>
    /// <param name="dtype">Their stored type.</param>
    public static int Find(ReadOnlySpan<byte> bytes, string dtype) => dtype switch
    {
        // IEEE 754: NaN and infinity have every bit of the exponent set; E4M3 has NaN only, every bit but the sign.
        "F64" => Find(MemoryMarshal.Cast<byte, ulong>(bytes), 0x7FF0_0000_0000_0000UL),
        "F32" => Find(MemoryMarshal.Cast<byte, uint>(bytes), 0x7F80_0000U),
        "F16" => Find(MemoryMarshal.Cast<byte, ushort>(bytes), (ushort)0x7C00),
        "BF16" => Find(MemoryMarshal.Cast<byte, ushort>(bytes), (ushort)0x7F80),
        "F8_E4M3" => Find(bytes, (byte)0x7F),
        "F8_E5M2" => Find(bytes, (byte)0x7C),
        _ => -1,
    };

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Find<T>(ReadOnlySpan<T> values, T exponent)
        where T : unmanaged, IBinaryInteger<T>
    {
        Vector<T> mask = new(exponent);
        int index = 0;
        for (; index <= values.Length - Vector<T>.Count; index += Vector<T>.Count)
        {
            if (Vector.EqualsAny(new Vector<T>(values[index..]) & mask, mask))
            {
                break;
            }
        }

        for (; index < values.Length; index++)
        {
            if ((values[index] & exponent) == exponent)
            {
                return index;
            }
        }

        return -1;
    }
}
