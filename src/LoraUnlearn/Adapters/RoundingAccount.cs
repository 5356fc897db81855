using System.Numerics;
using System.Runtime.CompilerServices;

namespace LoraUnlearn.Adapters;

/// <summary>The sums behind a <see cref="MergeRounding"/>. The sums of one call are kept in the type of its numbers: few elements a call.</summary>
internal struct RoundingAccount
{
    /// <summary>‖ΔW‖².</summary>
    public double ChangeEnergy;

    /// <summary>‖rounded − exact‖².</summary>
    public double ErrorEnergy;

    /// <summary>⟨rounded − W, ΔW⟩.</summary>
    public double Overlap;

    /// <summary>Entries that are as before.</summary>
    public long Unchanged;

    /// <summary>Whether all sums are finite: they are not where a value is not, or where a square is too large for the type.</summary>
    public readonly bool IsFinite => double.IsFinite(ChangeEnergy + ErrorEnergy + Overlap);

    /// <summary>Adds some elements.</summary>
    /// <param name="before">W, [n].</param>
    /// <param name="after">What is written, [n].</param>
    /// <param name="change">ΔW, [n].</param>
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

    /// <summary>
    /// Adds a change to numbers in bfloat16, rounds to the nearest, and counts, all in one pass: what most merges are made of. The numbers
    /// are those of the three passes that other types take.
    /// </summary>
    /// <param name="before">W as it is stored, [n].</param>
    /// <param name="change">ΔW, [n].</param>
    /// <param name="after">Where W + ΔW goes, [n].</param>
    /// <returns>How many elements were done: whole vectors; the rest is the caller's.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int AddInBFloat16(ReadOnlySpan<ushort> before, ReadOnlySpan<float> change, Span<ushort> after)
    {
        Vector<float> changes = Vector<float>.Zero, errors = Vector<float>.Zero, overlaps = Vector<float>.Zero;
        Vector<int> same = Vector<int>.Zero;
        int index = 0;
        for (; index <= before.Length - Vector<ushort>.Count; index += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(before[index..]), out Vector<uint> low, out Vector<uint> high);
            Vector<uint> first = Step(low, new Vector<float>(change[index..]), ref changes, ref errors, ref overlaps, ref same);
            Vector<uint> second = Step(high, new Vector<float>(change[(index + Vector<float>.Count)..]), ref changes, ref errors, ref overlaps, ref same);
            Vector.Narrow(first, second).CopyTo(after[index..]);
        }

        ChangeEnergy += Vector.Sum(changes);
        ErrorEnergy += Vector.Sum(errors);
        Overlap += Vector.Sum(overlaps);
        Unchanged -= Vector.Sum(same);
        return index;
    }

    // The upper halves of floats, and those of their sums with a change.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<uint> Step(Vector<uint> upper, Vector<float> delta, ref Vector<float> changes, ref Vector<float> errors, ref Vector<float> overlaps, ref Vector<int> same)
    {
        Vector<float> weight = (upper << 16).As<uint, float>();
        Vector<uint> bits = (weight + delta).As<float, uint>();
        Vector<uint> rounded = (bits + new Vector<uint>(0x7FFF) + ((bits >> 16) & Vector<uint>.One)) >> 16;
        Vector<float> moved = (rounded << 16).As<uint, float>() - weight, error = moved - delta;
        changes += delta * delta;
        errors += error * error;
        overlaps += moved * delta;
        same += Vector.Equals(moved, Vector<float>.Zero); // −1 where it is so
        return rounded;
    }
}
