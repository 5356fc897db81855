namespace LoraUnlearn.DemoModel;

/// <summary>
/// A small seeded generator (SplitMix64: Steele, Lea and Flood 2014) whose sequence is part of the demo: unlike
/// <see cref="Random"/>, it can never change with the runtime, so a seed names the same people and the same
/// initial weights everywhere.
/// </summary>
internal sealed class SeededRandom
{
    private ulong _state;
    private double? _spareNormal;

    /// <summary>Starts the sequence of a seed.</summary>
    public SeededRandom(ulong seed) => _state = seed;

    /// <summary>The next 64 bits.</summary>
    public ulong NextBits()
    {
        _state += 0x9E3779B97F4A7C15UL;
        ulong z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }

    /// <summary>A number in [0, 1) with 53 random bits.</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>An integer in [0, <paramref name="exclusiveBound"/>).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The bound is not positive.</exception>
    public int Next(int exclusiveBound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(exclusiveBound);
        return (int)(((UInt128)NextBits() * (ulong)exclusiveBound) >> 64);
    }

    /// <summary>A draw from the standard normal distribution (Box–Muller).</summary>
    public double NextNormal()
    {
        if (_spareNormal is double spare)
        {
            _spareNormal = null;
            return spare;
        }

        double radius = Math.Sqrt(-2.0 * Math.Log(1.0 - NextDouble()));
        double angle = 2.0 * Math.PI * NextDouble();
        _spareNormal = radius * Math.Sin(angle);
        return radius * Math.Cos(angle);
    }

    /// <summary>One of the items.</summary>
    public T Pick<T>(IReadOnlyList<T> items) => items[Next(items.Count)];

    /// <summary>Puts the items in a random order, in place (Fisher–Yates).</summary>
    public void Shuffle<T>(IList<T> items)
    {
        for (int last = items.Count - 1; last > 0; last--)
        {
            int other = Next(last + 1);
            (items[last], items[other]) = (items[other], items[last]);
        }
    }
}
