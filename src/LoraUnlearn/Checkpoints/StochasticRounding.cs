using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using static TorchSharp.torch;

namespace LoraUnlearn.Checkpoints;

/// <summary>
/// Rounding to one of the two neighbours in BF16 or F16, each as probable as the number is near to it, so that the mean is exact. The
/// chance depends on a seed, the tensor's name and the element's place alone, not on the order in which elements are rounded.
/// </summary>
internal sealed class StochasticRounding
{
    private const float SmallestNormalHalf = 6.103515625e-05f; // 2⁻¹⁴
    private const float HalfStepsBelow = 1 << 24; // one over the spacing of F16's subnormals

    private readonly ulong _key;

    /// <summary>Prepares the rounding of a tensor.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="tensor">The tensor's name.</param>
    public StochasticRounding(long seed, string tensor)
    {
        byte[] digest = SHA256.HashData([.. BitConverter.GetBytes(seed), .. Encoding.UTF8.GetBytes(tensor)]);
        _key = BitConverter.ToUInt64(digest);
    }

    /// <summary>Whether a type has room for chance: sums are float32 themselves.</summary>
    public static bool Applies(ScalarType type) => type is ScalarType.BFloat16 or ScalarType.Float16;

    /// <summary>Rounds.</summary>
    /// <param name="values">[n].</param>
    /// <param name="type">BF16 or F16.</param>
    /// <param name="bytes">Room for n numbers.</param>
    /// <param name="first">The place of the first in its tensor.</param>
    public void Narrow(ReadOnlySpan<float> values, ScalarType type, Span<byte> bytes, long first)
    {
        Span<ushort> stored = MemoryMarshal.Cast<byte, ushort>(bytes);
        for (int index = 0; index < values.Length; index++)
        {
            uint chance = (uint)(Mix(_key + (ulong)(first + index)) >> 32);
            stored[index] = type == ScalarType.BFloat16 ? ToBFloat16(values[index], chance) : ToHalf(values[index], chance);
        }
    }

    // What is cut off, plus chance of the same width, carries into what stays.
    private static ushort ToBFloat16(float value, uint chance) => (ushort)((BitConverter.SingleToUInt32Bits(value) + (chance & 0xFFFF)) >> 16);

    private static ushort ToHalf(float value, uint chance)
    {
        float magnitude = MathF.Abs(value);
        float rounded = magnitude >= SmallestNormalHalf
            ? BitConverter.UInt32BitsToSingle((BitConverter.SingleToUInt32Bits(magnitude) + (chance & 0x1FFF)) & ~0x1FFFu)
            : (float)(Math.Floor((magnitude * (double)HalfStepsBelow) + (chance / 4294967296.0)) / HalfStepsBelow);
        return BitConverter.HalfToUInt16Bits((Half)MathF.CopySign(rounded, value));
    }

    // SplitMix64's finaliser (Steele, Lea and Flood 2014).
    private static ulong Mix(ulong state)
    {
        state *= 0x9E3779B97F4A7C15;
        state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
        state = (state ^ (state >> 27)) * 0x94D049BB133111EB;
        return state ^ (state >> 31);
    }
}
