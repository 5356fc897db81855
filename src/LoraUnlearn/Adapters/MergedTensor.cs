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
    private const int Tile = 512;

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

    // Whole rows, tile by tile, so that the factors of a tile stay in the nearest cache. Compiled in full at once: most merges are over
    // before the runtime would have noticed that this is where the time goes.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private MergeRounding Add<T>(ChangeRows<T> changes, long first, ArraySegment<byte> stored, Span<byte> written)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<T> weights = stackalloc T[Tile], sums = stackalloc T[Tile], change = stackalloc T[Tile];
        int size = _stored.Entry.Type.Size, rows = written.Length / Type.Size / Columns, firstRow = (int)(first / Columns);
        Account account = default;
        for (int column = 0; column < Columns; column += Tile)
        {
            int count = Math.Min(Tile, Columns - column);
            Span<T> w = weights[..count], sum = sums[..count], delta = change[..count];
            for (int row = 0; row < rows; row++)
            {
                int place = (row * Columns) + column;
                Span<byte> target = written.Slice(place * Type.Size, count * Type.Size);
                changes.Compute(firstRow + row, column, delta);
                FloatingBytes.Widen(stored.AsSpan(place * size, count * size), _stored.Entry.ScalarType, w);
                Sum<T>(w, delta, sum);
                if (_random is not null)
                {
                    _random.Narrow(MemoryMarshal.Cast<T, float>(sum), _target, target, first + place);
                }
                else
                {
                    FloatingBytes.Narrow<T>(sum, _target, target);
                }

                FloatingBytes.Widen(target, _target, sum);
                account.Add<T>(w, sum, delta);
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
            changes.Compute(firstRow + row, 0, change);
            if (!TensorPrimitives.IsFiniteAll<T>(change))
            {
                return false;
            }
        }

        return true;
    }

    private Account InDouble<T>(ChangeRows<T> changes, int firstRow, int rows, ReadOnlySpan<byte> stored, ReadOnlySpan<byte> written)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] change = new T[Columns];
        double[] before = new double[Columns], after = new double[Columns], delta = new double[Columns];
        Account account = default;
        for (int row = 0; row < rows; row++)
        {
            changes.Compute(firstRow + row, 0, change);
            TensorPrimitives.ConvertTruncating<T, double>(change, delta);
            FloatingBytes.Widen<double>(stored.Slice(row * Columns * _stored.Entry.Type.Size, Columns * _stored.Entry.Type.Size), _stored.Entry.ScalarType, before);
            FloatingBytes.Widen<double>(written.Slice(row * Columns * Type.Size, Columns * Type.Size), _target, after);
            account.Add<double>(before, after, delta);
        }

        return account;
    }

    /// <summary>The sums behind a <see cref="MergeRounding"/>.</summary>
    private struct Account
    {
        public double ChangeEnergy, ErrorEnergy, Overlap;
        public long Unchanged;

        public readonly bool IsFinite => double.IsFinite(ChangeEnergy + ErrorEnergy + Overlap);

        /// <summary>Adds some elements. The sums of one call are kept in <typeparamref name="T"/>: few elements a call.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Add<T>(ReadOnlySpan<T> before, ReadOnlySpan<T> after, ReadOnlySpan<T> change)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            Vector<T> changes = Vector<T>.Zero, errors = Vector<T>.Zero, overlaps = Vector<T>.Zero, same = Vector<T>.Zero;
            int index = 0;
            for (; index <= before.Length - Vector<T>.Count; index += Vector<T>.Count)
            {
                // after − before is exact where the two are near each other (Sterbenz), so the error is that of the sum as it should be.
                Vector<T> delta = new(change[index..]), moved = new Vector<T>(after[index..]) - new Vector<T>(before[index..]), error = moved - delta;
                changes += delta * delta;
                errors += error * error;
                overlaps += moved * delta;
                same += Vector.ConditionalSelect(Vector.Equals(moved, Vector<T>.Zero), Vector<T>.One, Vector<T>.Zero);
            }

            T changeSum = Vector.Sum(changes), errorSum = Vector.Sum(errors), overlapSum = Vector.Sum(overlaps);
            Unchanged += long.CreateTruncating(Vector.Sum(same));
            for (; index < before.Length; index++)
            {
                T moved = after[index] - before[index], error = moved - change[index];
                changeSum += change[index] * change[index];
                errorSum += error * error;
                overlapSum += moved * change[index];
                Unchanged += moved == T.Zero ? 1 : 0;
            }

            ChangeEnergy += double.CreateTruncating(changeSum);
            ErrorEnergy += double.CreateTruncating(errorSum);
            Overlap += double.CreateTruncating(overlapSum);
        }
    }
}
