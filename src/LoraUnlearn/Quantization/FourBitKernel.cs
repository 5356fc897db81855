using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LoraUnlearn.Quantization;

/// <summary>4-bit entries into float32 numbers, eight at a time where the processor permutes registers by an index (AVX2).</summary>
internal static class FourBitKernel
{
    /// <summary>Expands whole blocks, the last of which may be short.</summary>
    /// <param name="packed">Two entries a byte, the first in the upper half.</param>
    /// <param name="code">The sixteen numbers.</param>
    /// <param name="scales">The scale of each block.</param>
    /// <param name="blockSize">Entries of a block, an even number.</param>
    /// <param name="values">Room for the numbers.</param>
    public static void Expand(ReadOnlySpan<byte> packed, ReadOnlySpan<float> code, ReadOnlySpan<float> scales, int blockSize, Span<float> values)
    {
        for (int start = 0, block = 0; start < values.Length; start += blockSize, block++)
        {
            Span<float> own = values.Slice(start, Math.Min(blockSize, values.Length - start));
            ReadOnlySpan<byte> bytes = packed.Slice(start / 2, (own.Length + 1) / 2);
            int done = Avx2.IsSupported ? EightAtOnce(bytes, code, scales[block], own) : 0;
            OneByOne(bytes, code, scales[block], own, done);
        }
    }

    /// <summary>Expands what is left of a block, without special instructions.</summary>
    internal static void OneByOne(ReadOnlySpan<byte> bytes, ReadOnlySpan<float> code, float scale, Span<float> values, int first)
    {
        for (int index = first; index < values.Length; index++)
        {
            int nibble = (index & 1) == 0 ? bytes[index / 2] >> 4 : bytes[index / 2] & 15;
            values[index] = code[nibble] * scale;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int EightAtOnce(ReadOnlySpan<byte> bytes, ReadOnlySpan<float> code, float scale, Span<float> values)
    {
        Vector256<float> lower = Vector256.Create(code[..8]) * scale, upper = Vector256.Create(code[8..]) * scale;
        Vector256<uint> shifts = Vector256.Create(4u, 0, 12, 8, 20, 16, 28, 24); // of the eight nibbles in four little-endian bytes
        int index = 0;
        for (; index <= values.Length - 8; index += 8)
        {
            uint four = MemoryMarshal.Read<uint>(bytes[(index / 2)..]);
            Vector256<int> place = Avx2.ShiftRightLogicalVariable(Vector256.Create(four), shifts).AsInt32(); // the lowest four bits count
            Vector256<float> low = Avx2.PermuteVar8x32(lower, place), high = Avx2.PermuteVar8x32(upper, place); // by the lowest three
            Avx.BlendVariable(low, high, (place << 28).AsSingle()).CopyTo(values[index..]); // by the fourth, moved to the sign
        }

        return index;
    }
}
