using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Adapters;

/// <summary>
/// Pieces of rows of ΔW = s·B A, as W is stored: some rows of a panel of columns at a time, so that what is read of A serves all of them.
/// Each element is a sum over the rank in its order, so that it is the same bit for bit whatever the piece, the thread and the machine:
/// a merge can be recognised by doing it again.
/// </summary>
/// <typeparam name="T">float, or double where the weights are.</typeparam>
internal sealed class ChangeRows<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Rows that are computed at once.</summary>
    public const int Rows = 4;

    /// <summary>The most columns of a panel.</summary>
    public const int WidestPanel = 512;

    private const int PanelBytes = 1 << 14; // half of the nearest cache, beside the pieces of W
    private const int PanelStep = 64; // a multiple of two vectors of any machine

    private readonly T[] _left; // s·B [o,k], or Aᵀ·s [i,k] where W is [i,o]
    private readonly T[] _right; // A [k,i], or Bᵀ [k,o]; panel by panel, each [k,PanelWidth], the last filled up with zeros
    private readonly int _rank;
    private readonly int _rows;
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
        _rank = change.Rank;
        _rows = checked((int)left.shape[0]);
        _columns = checked((int)right.shape[1]);
        PanelWidth = Math.Clamp(PanelBytes / Unsafe.SizeOf<T>() / Math.Max(1, _rank) / PanelStep * PanelStep, PanelStep, WidestPanel);
        _left = MemoryMarshal.Cast<byte, T>(left.contiguous().bytes).ToArray();
        _right = Panels(MemoryMarshal.Cast<byte, T>(right.contiguous().bytes));
    }

    /// <summary>Columns of a panel.</summary>
    public int PanelWidth { get; }

    /// <summary>Computes a piece of some rows.</summary>
    /// <param name="row">The first row.</param>
    /// <param name="column">The first column, a multiple of <see cref="PanelWidth"/>.</param>
    /// <param name="change">[<see cref="Rows"/>,<see cref="PanelWidth"/>]; of rows and columns that W has not, anything.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Compute(int row, int column, Span<T> change)
    {
        int width = PanelWidth, rank = _rank, step = Vector<T>.Count;
        ArgumentOutOfRangeException.ThrowIfLessThan(change.Length, Rows * width);
        ReadOnlySpan<T> panel = _right.AsSpan(column * rank, width * rank);
        ReadOnlySpan<T> left = _left;
        ref T right = ref MemoryMarshal.GetReference(panel), target = ref MemoryMarshal.GetReference(change);
        ref T one = ref MemoryMarshal.GetReference(Left(left, row)), two = ref MemoryMarshal.GetReference(Left(left, row + 1));
        ref T three = ref MemoryMarshal.GetReference(Left(left, row + 2)), four = ref MemoryMarshal.GetReference(Left(left, row + 3));
        for (int index = 0; index < width; index += 2 * step)
        {
            // Eight sums stay in registers: two vectors of A serve four rows.
            Vector<T> a1 = Vector<T>.Zero, a2 = Vector<T>.Zero, b1 = Vector<T>.Zero, b2 = Vector<T>.Zero;
            Vector<T> c1 = Vector<T>.Zero, c2 = Vector<T>.Zero, d1 = Vector<T>.Zero, d2 = Vector<T>.Zero;
            nuint place = (nuint)index;
            for (int k = 0; k < rank; k++)
            {
                Vector<T> r1 = Vector.LoadUnsafe(ref right, place), r2 = Vector.LoadUnsafe(ref right, place + (nuint)step);
                Vector<T> factor = new(Unsafe.Add(ref one, k));
                a1 = MultiplyAdd(factor, r1, a1);
                a2 = MultiplyAdd(factor, r2, a2);
                factor = new(Unsafe.Add(ref two, k));
                b1 = MultiplyAdd(factor, r1, b1);
                b2 = MultiplyAdd(factor, r2, b2);
                factor = new(Unsafe.Add(ref three, k));
                c1 = MultiplyAdd(factor, r1, c1);
                c2 = MultiplyAdd(factor, r2, c2);
                factor = new(Unsafe.Add(ref four, k));
                d1 = MultiplyAdd(factor, r1, d1);
                d2 = MultiplyAdd(factor, r2, d2);
                place += (nuint)width;
            }

            Store(ref target, index, a1, a2);
            Store(ref target, width + index, b1, b2);
            Store(ref target, (2 * width) + index, c1, c2);
            Store(ref target, (3 * width) + index, d1, d2);
        }
    }

    /// <summary>Computes a whole row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="change">[columns].</param>
    public void Compute(int row, Span<T> change)
    {
        T[] pieces = new T[Rows * PanelWidth];
        for (int column = 0; column < _columns; column += PanelWidth)
        {
            Compute(row, column, pieces);
            pieces.AsSpan(0, Math.Min(PanelWidth, _columns - column)).CopyTo(change[column..]);
        }
    }

    private T[] Panels(ReadOnlySpan<T> right)
    {
        int panels = (_columns + PanelWidth - 1) / PanelWidth;
        T[] packed = new T[checked(panels * PanelWidth * _rank)];
        for (int k = 0; k < _rank; k++)
        {
            for (int column = 0; column < _columns; column += PanelWidth)
            {
                right.Slice((k * _columns) + column, Math.Min(PanelWidth, _columns - column)).CopyTo(packed.AsSpan((column * _rank) + (k * PanelWidth)));
            }
        }

        return packed;
    }

    // Below the last row the last one again.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ReadOnlySpan<T> Left(ReadOnlySpan<T> left, int row) => left.Slice(Math.Min(row, _rows - 1) * _rank, _rank);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(ref T target, int index, Vector<T> first, Vector<T> second)
    {
        first.StoreUnsafe(ref target, (nuint)index);
        second.StoreUnsafe(ref target, (nuint)(index + Vector<T>.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> MultiplyAdd(Vector<T> left, Vector<T> right, Vector<T> sum) => typeof(T) == typeof(double)
        ? Vector.FusedMultiplyAdd(left.As<T, double>(), right.As<T, double>(), sum.As<T, double>()).As<double, T>()
        : Vector.FusedMultiplyAdd(left.As<T, float>(), right.As<T, float>(), sum.As<T, float>()).As<float, T>();
}
