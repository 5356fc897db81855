using System.Runtime.InteropServices;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Quantization;

/// <summary>
/// bitsandbytes' 4-bit layout: entries in row-major order, two in a byte, the first in its upper half; entry k is code[nibble k] times the
/// scale of block k / blocksize. Blocks go on across rows.
/// </summary>
public sealed class FourBitMatrix : QuantisedMatrix
{
    private const int PartElements = 1 << 17; // whole blocks: a block has at most 4096 entries
    private const int Tile = 4096;

    private readonly Tensor _packed; // uint8 [⌈oi/2⌉]
    private readonly Tensor _code; // float32 [16]
    private readonly BlockScales _scales;
    private readonly int _blockSize;

    /// <summary>Takes the tensors over.</summary>
    /// <param name="format"><c>nf4</c> or <c>fp4</c>.</param>
    /// <param name="rows">Output width o.</param>
    /// <param name="columns">Input width i.</param>
    /// <param name="packed">uint8 [⌈oi/2⌉].</param>
    /// <param name="code">float32 [16].</param>
    /// <param name="scales">One for each block.</param>
    /// <param name="blockSize">Entries of a block, an even number up to 4096.</param>
    internal FourBitMatrix(string format, long rows, long columns, Tensor packed, Tensor code, BlockScales scales, int blockSize)
        : base(rows, columns, [packed, code, .. scales.Parts])
    {
        (Format, _packed, _code, _scales, _blockSize) = (format, packed, code, scales, blockSize);
    }

    /// <inheritdoc/>
    public override string Format { get; }

    /// <summary>The packed entries, uint8 [⌈oi/2⌉].</summary>
    internal Tensor Packed => _packed;

    /// <summary>The sixteen numbers, float32 [16].</summary>
    internal Tensor Code => _code;

    /// <summary>The scales of the blocks.</summary>
    internal BlockScales Scales => _scales;

    /// <summary>Entries of a block.</summary>
    internal int BlockSize => _blockSize;

    /// <inheritdoc/>
    internal override Tensor DequantiseInto(Tensor flat)
    {
        if (Device.type == DeviceType.CPU)
        {
            Parallel.For(0, (flat.NumberOfElements + PartElements - 1) / PartElements, Libtorch.Workers(), part => Fill(flat, part * PartElements));
        }
        else
        {
            FillWithTensors(flat);
        }

        return flat.view(Rows, Columns);
    }

    /// <summary>The same with tensor operations alone, a part at a time, for devices other than the CPU.</summary>
    /// <param name="flat">[oi], to be filled.</param>
    internal void FillWithTensors(Tensor flat)
    {
        using DisposeScope scope = NewDisposeScope();
        // Two entries for each value of a byte: [256,2].
        Tensor pairs = stack([_code.repeat_interleave(16), _code.repeat(16)], 1);
        long count = flat.NumberOfElements, partSize = PartElements * 128L;
        for (long start = 0; start < count; start += partSize)
        {
            using DisposeScope part = NewDisposeScope();
            long length = Math.Min(partSize, count - start), bytes = (length + 1) / 2, blocks = (length + _blockSize - 1) / _blockSize;
            Tensor values = pairs.index_select(0, _packed.narrow(0, start / 2, bytes).to_type(ScalarType.Int32)).view(-1); // [2·bytes]
            Tensor scales = _scales.ToTensor(start / _blockSize, blocks); // [blocks]
            long whole = length / _blockSize * _blockSize;
            Tensor target = flat.narrow(0, start, length);
            if (whole > 0)
            {
                target.narrow(0, 0, whole).view(-1, _blockSize).copy_(values.narrow(0, 0, whole).view(-1, _blockSize) * scales.narrow(0, 0, whole / _blockSize).unsqueeze(1));
            }

            if (whole < length)
            {
                target.narrow(0, whole, length - whole).copy_(values.narrow(0, whole, length - whole) * scales.narrow(0, blocks - 1, 1));
            }
        }
    }

    /// <inheritdoc/>
    private protected override QuantisedMatrix With(Tensor[] parts) => new FourBitMatrix(
        Format, Rows, Columns, parts[0], parts[1], parts.Length == 3 ? _scales with { Codes = parts[2] } : _scales with { Codes = parts[2], Map = parts[3], Nested = parts[4] }, _blockSize);

    private void Fill(Tensor flat, long start)
    {
        int count = (int)Math.Min(PartElements, flat.NumberOfElements - start), blocks = (count + _blockSize - 1) / _blockSize;
        using Tensor target = flat.narrow(0, start, count), packed = _packed.narrow(0, start / 2, (count + 1) / 2);
        float[] scales = System.Buffers.ArrayPool<float>.Shared.Rent(blocks);
        _scales.Read(start / _blockSize, scales.AsSpan(0, blocks));
        ReadOnlySpan<float> code = MemoryMarshal.Cast<byte, float>(_code.bytes);
        ReadOnlySpan<byte> nibbles = packed.bytes;
        Span<byte> bytes = target.bytes;
        if (flat.dtype == ScalarType.Float32)
        {
            FourBitKernel.Expand(nibbles, code, scales, _blockSize, MemoryMarshal.Cast<byte, float>(bytes));
        }
        else
        {
            Span<float> tile = stackalloc float[Tile];
            int step = Tile / _blockSize * _blockSize, size = (int)flat.ElementSize;
            for (int place = 0; place < count; place += step)
            {
                Span<float> values = tile[..Math.Min(step, count - place)];
                FourBitKernel.Expand(nibbles[(place / 2)..], code, scales.AsSpan(place / _blockSize), _blockSize, values);
                FloatingBytes.Narrow<float>(values, flat.dtype, bytes.Slice(place * size, values.Length * size));
            }
        }

        System.Buffers.ArrayPool<float>.Shared.Return(scales);
    }
}
