using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Quantization;

/// <summary>
/// The scale of each block of a 4-bit matrix: as float32, or quantised a second time, where absmax = map[code] · scale of 256 blocks + offset
/// (double quantisation, arXiv 2305.14314, section 3).
/// </summary>
/// <param name="Codes">float32 [blocks], or uint8 [blocks] where the scales are nested.</param>
/// <param name="Map">float32 [256]; null where the scales are not nested.</param>
/// <param name="Nested">float32, one entry for each <paramref name="NestedSize"/> blocks; null likewise.</param>
/// <param name="NestedSize">Blocks that share a scale.</param>
/// <param name="Offset">What was taken off all scales, their mean.</param>
internal sealed record BlockScales(Tensor Codes, Tensor? Map = null, Tensor? Nested = null, int NestedSize = BlockScales.UsualNestedSize, float Offset = 0)
{
    /// <summary>Blocks that share a scale in every published file.</summary>
    public const int UsualNestedSize = 256;

    /// <summary>The tensors that there are.</summary>
    public Tensor[] Parts => Map is { } map && Nested is { } nested ? [Codes, map, nested] : [Codes];

    /// <summary>Quantises scales a second time.</summary>
    /// <param name="scales">The scale of each block.</param>
    public static BlockScales Nest(ReadOnlySpan<float> scales)
    {
        double sum = 0;
        foreach (float scale in scales)
        {
            sum += scale;
        }

        float offset = scales.IsEmpty ? 0 : (float)(sum / scales.Length);
        byte[] codes = new byte[scales.Length];
        float[] nested = new float[(scales.Length + UsualNestedSize - 1) / UsualNestedSize];
        for (int group = 0; group < nested.Length; group++)
        {
            int start = group * UsualNestedSize, count = Math.Min(UsualNestedSize, scales.Length - start);
            float largest = 0;
            foreach (float scale in scales.Slice(start, count))
            {
                largest = Math.Max(largest, Math.Abs(scale - offset));
            }

            nested[group] = largest;
            for (int block = start; block < start + count; block++)
            {
                codes[block] = DynamicCode.Nearest(largest > 0 ? (scales[block] - offset) / largest : 0);
            }
        }

        return new BlockScales(tensor(codes, ScalarType.Byte), tensor(DynamicCode.Values.ToArray()), tensor(nested), UsualNestedSize, offset);
    }

    /// <summary>Scales on the CPU.</summary>
    /// <param name="first">The first block.</param>
    /// <param name="scales">Room for the scales from there on.</param>
    public void Read(long first, Span<float> scales)
    {
        using Tensor own = Codes.narrow(0, first, scales.Length);
        if (Map is null || Nested is null)
        {
            MemoryMarshal.Cast<byte, float>(own.bytes).CopyTo(scales);
            return;
        }

        ReadOnlySpan<byte> codes = own.bytes;
        ReadOnlySpan<float> map = MemoryMarshal.Cast<byte, float>(Map.bytes), nested = MemoryMarshal.Cast<byte, float>(Nested.bytes);
        for (int index = 0; index < scales.Length; index++)
        {
            scales[index] = (map[codes[index]] * nested[(int)((first + index) / NestedSize)]) + Offset;
        }
    }

    /// <summary>Scales anywhere.</summary>
    /// <param name="first">The first block.</param>
    /// <param name="count">How many.</param>
    /// <returns>[count] float32, in the caller's dispose scope.</returns>
    public Tensor ToTensor(long first, long count)
    {
        Tensor own = Codes.narrow(0, first, count);
        if (Map is null || Nested is null)
        {
            return own;
        }

        Tensor group = Range(first, first + count, ScalarType.Int64, Codes.device).div(Held(NestedSize), RoundingMode.floor); // [count]
        return Map.index_select(0, own.to_type(ScalarType.Int32)).mul_(Nested.index_select(0, group)).Increase(Offset);
    }
}
