using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Adapters;

/// <summary>
/// Pieces of rows of ΔW = s·B A, as W is stored. Each element is a sum over the rank in its order, so that it is the same bit for bit
/// whatever the piece, the thread and the machine: a merge can be recognised by doing it again.
/// </summary>
/// <typeparam name="T">float, or double where the weights are.</typeparam>
internal sealed class ChangeRows<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T[] _left; // s·B [o,k], or Aᵀ·s [i,k] where W is [i,o]
    private readonly T[] _right; // A [k,i], or Bᵀ [k,o]
    private readonly int _rank;
    private readonly int _columns;

    /// <summary>Copies the factors.</summary>
    /// <param name="change">A [k,i], B [o,k] and s; they stay the caller's.</param>
    /// <param name="transposed">Whether W is stored [i,o].</param>
    public ChangeRows(ModuleFactors change, bool transposed)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        ScalarType working = typeof(T) == typeof(double) ? ScalarType.Float64 : ScalarType.Float32;
        Tensor left = (transposed ? change.A.t() : change.B).to_type(working).mul(Held(change.Scale));
        Tensor right = (transposed ? change.B.t() : change.A).to_type(working);
        _left = MemoryMarshal.Cast<byte, T>(left.contiguous().bytes).ToArray();
        _right = MemoryMarshal.Cast<byte, T>(right.contiguous().bytes).ToArray();
        _rank = change.Rank;
        _columns = checked((int)right.shape[1]);
    }

    /// <summary>Computes a piece of a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="column">The first column.</param>
    /// <param name="change">As many elements as wanted; the row has them.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Compute(int row, int column, Span<T> change)
    {
        ReadOnlySpan<T> left = _left.AsSpan(row * _rank, _rank);
        int width = Vector<T>.Count, index = 0;
        for (; index <= change.Length - (4 * width); index += 4 * width)
        {
            ref T right = ref _right[column + index];
            Vector<T> first = Vector<T>.Zero, second = Vector<T>.Zero, third = Vector<T>.Zero, fourth = Vector<T>.Zero;
            nuint place = 0;
            foreach (T value in left)
            {
                Vector<T> factor = new(value);
                first = MultiplyAdd(factor, Vector.LoadUnsafe(ref right, place), first);
                second = MultiplyAdd(factor, Vector.LoadUnsafe(ref right, place + (nuint)width), second);
                third = MultiplyAdd(factor, Vector.LoadUnsafe(ref right, place + (nuint)(2 * width)), third);
                fourth = MultiplyAdd(factor, Vector.LoadUnsafe(ref right, place + (nuint)(3 * width)), fourth);
                place += (nuint)_columns;
            }

            first.CopyTo(change[index..]);
            second.CopyTo(change[(index + width)..]);
            third.CopyTo(change[(index + (2 * width))..]);
            fourth.CopyTo(change[(index + (3 * width))..]);
        }

        for (; index < change.Length; index++)
        {
            T sum = T.Zero;
            for (int k = 0; k < left.Length; k++)
            {
                sum = T.FusedMultiplyAdd(left[k], _right[(k * _columns) + column + index], sum);
            }

            change[index] = sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> MultiplyAdd(Vector<T> left, Vector<T> right, Vector<T> sum) => typeof(T) == typeof(double)
        ? Vector.FusedMultiplyAdd(left.As<T, double>(), right.As<T, double>(), sum.As<T, double>()).As<double, T>()
        : Vector.FusedMultiplyAdd(left.As<T, float>(), right.As<T, float>(), sum.As<T, float>()).As<float, T>();
}
