using System.Numerics;
using System.Runtime.InteropServices;

namespace LoraUnlearn.Quantization;

/// <summary>The sixteen numbers that a 4-bit weight can be, up to its block's scale.</summary>
public static class FourBitCode
{
    private static readonly float[] Numbers =
    [
        -1.0f, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f, -0.28444138169288635f, -0.18477343022823334f,
        -0.09105003625154495f, 0.0f, 0.07958029955625534f, 0.16093020141124725f, 0.24611230194568634f, 0.33791524171829224f,
        0.44070982933044434f, 0.5626170039176941f, 0.7229568362236023f, 1.0f,
    ];

    // Halfway between neighbours; a number on one belongs to the lower, as in bitsandbytes.
    private static readonly float[] Limits = [.. Numbers.Zip(Numbers.Skip(1), (low, high) => (low + high) / 2)];

    /// <summary>NF4: quantiles of the normal distribution, scaled to [−1, 1], with an exact 0 (QLoRA, arXiv 2305.14314, appendix E).</summary>
    public static ReadOnlySpan<float> Nf4 => Numbers;

    /// <summary>The place of the code that is nearest to each value, 0 to 15.</summary>
    /// <param name="values">Numbers in [−1, 1].</param>
    /// <param name="places">As many places.</param>
    internal static void Nearest(ReadOnlySpan<float> values, Span<int> places)
    {
        int index = 0;
        for (; index <= values.Length - Vector<float>.Count; index += Vector<float>.Count)
        {
            Vector<float> value = new(values[index..]);
            Vector<int> place = Vector<int>.Zero;
            foreach (float limit in Limits)
            {
                place -= Vector.GreaterThan(value, new Vector<float>(limit)); // true is −1
            }

            place.CopyTo(places[index..]);
        }

        for (; index < values.Length; index++)
        {
            int place = 0;
            foreach (float limit in Limits)
            {
                place += values[index] > limit ? 1 : 0;
            }

            places[index] = place;
        }
    }
}

/// <summary>
/// The signed dynamic code of 8 bits in which the scales of blocks are stored: seven decades, each with twice as many numbers as the one
/// below it (Dettmers, arXiv 1511.04561 and 2110.02861).
/// </summary>
internal static class DynamicCode
{
    private const int Decades = 7;

    private static readonly float[] Sorted = Create();

    /// <summary>The 256 numbers, ascending.</summary>
    public static ReadOnlySpan<float> Values => Sorted;

    /// <summary>The place of the nearest number.</summary>
    public static byte Nearest(float value)
    {
        int place = Array.BinarySearch(Sorted, value);
        if (place >= 0)
        {
            return (byte)place;
        }

        int above = Math.Clamp(~place, 1, Sorted.Length - 1);
        return (byte)(value - Sorted[above - 1] <= Sorted[above] - value ? above - 1 : above);
    }

    private static float[] Create()
    {
        List<float> values = [0, 1];
        for (int decade = 0; decade < Decades; decade++)
        {
            int count = 1 << decade;
            double size = Math.Pow(10, decade - (Decades - 1)), step = 0.9 / count;
            for (int item = 0; item < count; item++)
            {
                float mean = (float)(size * (0.1 + (step * (item + 0.5)))); // the middle of an equal part of [0.1, 1]
                values.Add(mean);
                values.Add(-mean);
            }
        }

        values.Sort();
        return CollectionsMarshal.AsSpan(values).ToArray();
    }
}
