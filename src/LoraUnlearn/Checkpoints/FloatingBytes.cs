using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace LoraUnlearn.Checkpoints;

/// <summary>Stored floating-point numbers to and from float or double, in vector registers: F32, BF16, F16 and F64.</summary>
internal static class FloatingBytes
{
    private const int Block = 1024;

    /// <summary>Whether a stored type is one of the four.</summary>
    public static bool Has(string dtype) => dtype is "F32" or "BF16" or "F16" or "F64";

    /// <summary>The spacing of a type's numbers at and above 1.</summary>
    public static double Spacing(ScalarType type) => type switch
    {
        ScalarType.Float64 => Math.ScaleB(1, -52),
        ScalarType.Float32 => Math.ScaleB(1, -23),
        ScalarType.Float16 => Math.ScaleB(1, -10),
        ScalarType.BFloat16 => Math.ScaleB(1, -7),
        _ => throw Unknown(type),
    };

    /// <summary>Stored numbers as <typeparamref name="T"/>, exact but for float64 as float.</summary>
    /// <param name="bytes">n numbers.</param>
    /// <param name="type">Their type.</param>
    /// <param name="values">[n].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Widen<T>(ReadOnlySpan<byte> bytes, ScalarType type, Span<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        switch (type)
        {
            case ScalarType.Float32:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, float>(bytes), values);
                break;
            case ScalarType.Float64:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, double>(bytes), values);
                break;
            case ScalarType.Float16:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, Half>(bytes), values);
                break;
            case ScalarType.BFloat16 when typeof(T) == typeof(float):
                WidenBFloat16(MemoryMarshal.Cast<byte, ushort>(bytes), MemoryMarshal.Cast<T, float>(values));
                break;
            case ScalarType.BFloat16:
                InBlocks(bytes, values, static (part, single) => WidenBFloat16(MemoryMarshal.Cast<byte, ushort>(part), single));
                break;
            default:
                throw Unknown(type);
        }
    }

    /// <summary>Numbers rounded to a stored type, to the nearest, ties to even. NaN may come out as another value.</summary>
    /// <param name="values">[n].</param>
    /// <param name="type">The type.</param>
    /// <param name="bytes">Room for n numbers.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Narrow<T>(ReadOnlySpan<T> values, ScalarType type, Span<byte> bytes)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        switch (type)
        {
            case ScalarType.Float32:
                TensorPrimitives.ConvertTruncating(values, MemoryMarshal.Cast<byte, float>(bytes));
                break;
            case ScalarType.Float64:
                TensorPrimitives.ConvertTruncating(values, MemoryMarshal.Cast<byte, double>(bytes));
                break;
            case ScalarType.Float16:
                TensorPrimitives.ConvertTruncating(values, MemoryMarshal.Cast<byte, Half>(bytes));
                break;
            case ScalarType.BFloat16 when typeof(T) == typeof(float):
                NarrowToBFloat16(MemoryMarshal.Cast<T, float>(values), MemoryMarshal.Cast<byte, ushort>(bytes));
                break;
            case ScalarType.BFloat16:
                NarrowOneByOne(values, MemoryMarshal.Cast<byte, ushort>(bytes));
                break;
            default:
                throw Unknown(type);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WidenBFloat16(ReadOnlySpan<ushort> stored, Span<float> values)
    {
        Span<uint> bits = MemoryMarshal.Cast<float, uint>(values);
        int index = 0;
        for (; index <= stored.Length - Vector<ushort>.Count; index += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(stored[index..]), out Vector<uint> low, out Vector<uint> high);
            (low << 16).CopyTo(bits[index..]);
            (high << 16).CopyTo(bits[(index + Vector<uint>.Count)..]);
        }

        for (; index < stored.Length; index++)
        {
            bits[index] = (uint)stored[index] << 16;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void NarrowToBFloat16(ReadOnlySpan<float> values, Span<ushort> stored)
    {
        ReadOnlySpan<uint> bits = MemoryMarshal.Cast<float, uint>(values);
        int index = 0;
        for (; index <= bits.Length - Vector<ushort>.Count; index += Vector<ushort>.Count)
        {
            Vector<uint> low = new(bits[index..]), high = new(bits[(index + Vector<uint>.Count)..]);
            Vector.Narrow(Nearest(low), Nearest(high)).CopyTo(stored[index..]);
        }

        for (; index < bits.Length; index++)
        {
            stored[index] = (ushort)((bits[index] + 0x7FFF + ((bits[index] >> 16) & 1)) >> 16);
        }
    }

    // Half a step is added, a little less where the last bit that stays is 0.
    private static Vector<uint> Nearest(Vector<uint> bits) => (bits + new Vector<uint>(0x7FFF) + ((bits >> 16) & Vector<uint>.One)) >> 16;

    // From double: to odd as float first, so that rounding a second time is as if rounded once (Boldo and Melquiond 2008).
    private static void NarrowOneByOne<T>(ReadOnlySpan<T> values, Span<ushort> stored)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int index = 0; index < values.Length; index++)
        {
            double exact = double.CreateTruncating(values[index]);
            float single = (float)exact;
            uint bits = BitConverter.SingleToUInt32Bits(single);
            if (single != exact && float.IsFinite(single) && (bits & 1) == 0)
            {
                bits = Math.Abs((double)single) < Math.Abs(exact) ? bits | 1 : bits - 1;
            }

            stored[index] = (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
        }
    }

    private delegate void WidenPart(ReadOnlySpan<byte> bytes, Span<float> values);

    private static void InBlocks<T>(ReadOnlySpan<byte> bytes, Span<T> values, WidenPart widen)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<float> single = stackalloc float[Block];
        int size = values.Length == 0 ? 1 : bytes.Length / values.Length;
        for (int start = 0; start < values.Length; start += Block)
        {
            int count = Math.Min(Block, values.Length - start);
            widen(bytes.Slice(start * size, count * size), single[..count]);
            TensorPrimitives.ConvertTruncating<float, T>(single[..count], values.Slice(start, count));
        }
    }

    private static ArgumentException Unknown(ScalarType type) => new($"{type} is no stored floating-point type.");
}
