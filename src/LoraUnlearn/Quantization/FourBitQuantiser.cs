using System.Buffers;
using System.Numerics.Tensors;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Torch;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace LoraUnlearn.Quantization;

/// <summary>
/// Makes a weight into NF4 as bitsandbytes does (QLoRA, arXiv 2305.14314): each block of 64 entries is divided by its largest size and
/// every entry replaced by the nearest code; the blocks' scales are quantised a second time.
/// </summary>
public static class FourBitQuantiser
{
    /// <summary>Entries of a block.</summary>
    public const int BlockSize = 64;

    private const int PartElements = 1 << 16; // whole blocks

    /// <summary>Quantises a matrix.</summary>
    /// <param name="weight">W [o,i] of a floating-point type, on the CPU; it may be mapped from a file: it is read once, some rows at a time.</param>
    /// <returns>The quantised matrix, on the CPU.</returns>
    public static FourBitMatrix Quantise(Tensor weight)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor flat = weight.detach().contiguous().view(-1); // [oi]
        long count = flat.NumberOfElements;
        Tensor packed = empty([(count + 1) / 2], ScalarType.Byte);
        float[] scales = new float[(count + BlockSize - 1) / BlockSize];
        Parallel.For(0, (count + PartElements - 1) / PartElements, Libtorch.Workers(), part => Pack(flat, packed, scales, part * PartElements));
        return new FourBitMatrix("nf4", weight.shape[0], weight.shape[1], packed, tensor(FourBitCode.Nf4.ToArray()), BlockScales.Nest(scales), BlockSize);
    }

    /// <summary>Bytes of a quantised matrix: entries, scales, their scales, two tables.</summary>
    /// <param name="count">Its entries.</param>
    public static long BytesOf(long count)
    {
        long blocks = (count + BlockSize - 1) / BlockSize, nested = (blocks + BlockScales.UsualNestedSize - 1) / BlockScales.UsualNestedSize;
        return ((count + 1) / 2) + blocks + (sizeof(float) * (nested + DynamicCode.Values.Length + FourBitCode.Nf4.Length));
    }

    private static void Pack(Tensor flat, Tensor packed, float[] scales, long start)
    {
        int count = (int)Math.Min(PartElements, flat.NumberOfElements - start);
        using Tensor source = flat.narrow(0, start, count), target = packed.narrow(0, start / 2, (count + 1) / 2);
        float[] values = ArrayPool<float>.Shared.Rent(count);
        FloatingBytes.Widen(source.bytes, flat.dtype, values.AsSpan(0, count));
        Span<int> places = stackalloc int[BlockSize];
        Span<byte> bytes = target.bytes;
        for (int first = 0; first < count; first += BlockSize)
        {
            Span<float> block = values.AsSpan(first, Math.Min(BlockSize, count - first));
            float largest = Math.Abs(TensorPrimitives.MaxMagnitude<float>(block));
            scales[(start + first) / BlockSize] = largest;
            TensorPrimitives.Multiply(block, largest > 0 ? 1 / largest : 0, block);
            FourBitCode.Nearest(block, places);
            for (int index = 0; index < block.Length; index += 2)
            {
                int second = index + 1 < block.Length ? places[index + 1] : ZeroPlace;
                bytes[(first + index) / 2] = (byte)((places[index] << 4) | second);
            }
        }

        ArrayPool<float>.Shared.Return(values);
    }

    // What the half byte behind the last of an odd number of entries holds: the code of 0.
    private const int ZeroPlace = 7;
}
