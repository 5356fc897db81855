using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LoraUnlearn.Checkpoints;
using static TorchSharp.torch;

namespace LoraUnlearn.Adapters;

/// <summary>
/// A weight with a change added while it is written: W + s·B A in float32 (in float64 where W is), some rows at a time, rounded once to
/// the type that is written. Keeps account of what the rounding does.
/// </summary>
internal sealed class MergedTensor : StreamedTensor
{
    private const int PartElements = 1 << 17;

    private readonly StoredTensor _stored;
    private readonly ModuleFactors _change;
    private readonly ScalarType _target;
    private readonly StochasticRounding? _random;
    private readonly bool _transposed;
    private readonly MergeRounding?[] _parts;
    private readonly Lock _lock = new();
    private ChangeRows<float>? _singles;
    private ChangeRows<double>? _doubles;

    /// <summary>Describes the weight.</summary>
    /// <param name="stored">W, a matrix of a floating-point type.</param>
    /// <param name="change">s·B A of its shape; the tensors stay the caller's.</param>
    /// <param name="transposed">Whether W is stored [i,o].</param>
    /// <param name="target">The type to write.</param>
    /// <param name="random">Rounds at random; null for the nearest.</param>
    public MergedTensor(StoredTensor stored, ModuleFactors change, bool transposed, ScalarType target, StochasticRounding? random)
        : base(stored.Entry.Name, SafetensorsDType.ToWrite(target), stored.Entry.Shape)
    {
        (_stored, _change, _transposed, _target) = (stored, change, transposed, target);
        _random = StochasticRounding.Applies(target) && stored.Entry.ScalarType != ScalarType.Float64 ? random : null;
        Columns = checked((int)Shape[1]);
        _parts = new MergeRounding?[(Count + PartSize - 1) / Math.Max(1, PartSize)];
    }

    /// <inheritdoc/>
    public override long PartSize => Math.Max(1, PartElements / Math.Max(1, Columns)) * (long)Columns; // whole rows

    private int Columns { get; }

    /// <summary>What the rounding has done, once everything is written.</summary>
    public MergeRounding Rounding => MergeRounding.Sum(_change.Module, _parts.OfType<MergeRounding>());

    /// <inheritdoc/>
    public override void Release() => (_singles, _doubles) = (null, null);

    /// <inheritdoc/>
    public override void Fill(long first, ArraySegment<byte> bytes) => WithStored(_stored, first, bytes.Count / Type.Size, stored =>
        _parts[first / PartSize] = _stored.Entry.ScalarType == ScalarType.Float64 || _target == ScalarType.Float64
            ? Add(Rows(ref _doubles), first, stored, bytes)
            : Add(Rows(ref _singles), first, stored, bytes));

    private ChangeRows<T> Rows<T>(ref ChangeRows<T>? rows)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        lock (_lock)
        {
            return rows ??= new ChangeRows<T>(_change, _transposed);
        }
    }

    // Whole rows, some rows of a panel of columns at a time, so that everything stays in the nearest cache. Compiled in full at once:
    // most merges are over before the runtime would have noticed that this is where the time goes.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private MergeRounding Add<T>(ChangeRows<T> changes, long first, ArraySegment<byte> stored, Span<byte> written)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<T> change = stackalloc T[ChangeRows<T>.Rows * ChangeRows<T>.WidestPanel];
        int size = _stored.Entry.Type.Size, rows = written.Length / Type.Size / Columns, firstRow = (int)(first / Columns), width = changes.PanelWidth;
        RoundingAccount account = default;
        for (int column = 0; column < Columns; column += width)
        {
            int count = Math.Min(width, Columns - column);
            for (int row = 0; row < rows; row++)
            {
                int group = row % ChangeRows<T>.Rows, place = (row * Columns) + column;
                if (group == 0)
                {
                    changes.Compute(firstRow + row, column, change);
                }

                AddPiece(stored.AsSpan(place * size, count * size), change.Slice(group * width, count), written.Slice(place * Type.Size, count * Type.Size), first + place, ref account);
            }
        }

        if (!account.IsFinite)
        {
            // A value is not finite, or a square is too large for float.
            _stored.RequireFinite(first, stored);
            if (FiniteCheck.Find(written, Type.Name) >= 0 || !IsFinite(changes, firstRow, rows))
            {
                throw new WorkFailedException($"{Name}: the merged weight does not fit {_target}, the type that is written; lower the adapter's weight, or write another type with --dtype.");
            }

            account = InDouble(changes, firstRow, rows, stored, written);
        }

        return new MergeRounding("", account.ChangeEnergy, account.ErrorEnergy, account.Overlap, account.Unchanged, (long)rows * Columns);
    }

    // A piece of a row, from what is stored to what is written.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddPiece<T>(ReadOnlySpan<byte> stored, ReadOnlySpan<T> change, Span<byte> written, long place, ref RoundingAccount account)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (typeof(T) == typeof(float) && _random is null && _target == ScalarType.BFloat16 && _stored.Entry.ScalarType == ScalarType.BFloat16)
        {
            int done = account.AddInBFloat16(MemoryMarshal.Cast<byte, ushort>(stored), MemoryMarshal.Cast<T, float>(change), MemoryMarshal.Cast<byte, ushort>(written));
            if (done == change.Length)
            {
                return;
            }

            stored = stored[(2 * done)..];
            change = change[done..];
            written = written[(2 * done)..];
            place += done;
        }

        Span<T> weights = stackalloc T[change.Length], sum = stackalloc T[change.Length];
        FloatingBytes.Widen(stored, _stored.Entry.ScalarType, weights);
        Sum<T>(weights, change, sum);
        if (_random is not null)
        {
            _random.Narrow(MemoryMarshal.Cast<T, float>(sum), _target, written, place);
        }
        else
        {
            FloatingBytes.Narrow<T>(sum, _target, written);
        }

        FloatingBytes.Widen(written, _target, sum);
        account.Add<T>(weights, sum, change);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sum<T>(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> sum)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int index = 0;
        for (; index <= sum.Length - Vector<T>.Count; index += Vector<T>.Count)
        {
            (new Vector<T>(left[index..]) + new Vector<T>(right[index..])).CopyTo(sum[index..]);
        }

        for (; index < sum.Length; index++)
        {
            sum[index] = left[index] + right[index];
        }
    }

    private bool IsFinite<T>(ChangeRows<T> changes, int firstRow, int rows)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] change = new T[Columns];
        for (int row = 0; row < rows; row++)
        {
            changes.Compute(firstRow + row, change);
            if (!TensorPrimitives.IsFiniteAll<T>(change))
            {
                return false;
            }
        }

        return true;
    }

    private RoundingAccount InDouble<T>(ChangeRows<T> changes, int firstRow, int rows, ReadOnlySpan<byte> stored, ReadOnlySpan<byte> written)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] change = new T[Columns];
        double[] before = new double[Columns], after = new double[Columns], delta = new double[Columns];
        RoundingAccount account = default;
        for (int row = 0; row < rows; row++)
        {
            changes.Compute(firstRow + row, change);
            TensorPrimitives.ConvertTruncating<T, double>(change, delta);
            FloatingBytes.Widen<double>(stored.Slice(row * Columns * _stored.Entry.Type.Size, Columns * _stored.Entry.Type.Size), _stored.Entry.ScalarType, before);
            FloatingBytes.Widen<double>(written.Slice(row * Columns * Type.Size, Columns * Type.Size), _target, after);
            account.Add<double>(before, after, delta);
        }

        return account;
    }
}
