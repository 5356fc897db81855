using System.Globalization;

namespace LoraUnlearn.Reporting;

/// <summary>How values become places on an axis or colours.</summary>
public abstract class ValueScale
{
    /// <summary>As they are.</summary>
    public static ValueScale Linear { get; } = new LinearScale();

    /// <summary>
    /// sign(v)·log₁₀(1 + |v|/floor): for values of both signs over several powers of ten; values well below the floor lie at 0.
    /// </summary>
    /// <param name="values">The values to be shown; the floor is 10⁻⁴ of the largest.</param>
    public static ValueScale SignedLog(IEnumerable<double> values)
    {
        double largest = values.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max();
        return largest > 0 ? new SignedLogScale(Math.Pow(10, Math.Floor(Math.Log10(largest)) - 4), largest) : Linear;
    }

    /// <summary>log₁₀(v): for positive values; others have no place.</summary>
    /// <param name="values">The values to be shown.</param>
    public static ValueScale Log(IEnumerable<double> values)
    {
        double[] shown = [.. values.Where(value => double.IsFinite(value) && value > 0).Select(Math.Log10)];
        return new LogScale(shown.DefaultIfEmpty(0).Min(), shown.DefaultIfEmpty(0).Max());
    }

    /// <summary>The place of a value; not a number where it has none.</summary>
    public abstract double Place(double value);

    /// <summary>Places and labels of the marks along an axis; null for the usual ones.</summary>
    public abstract IReadOnlyList<(double Place, string Label)>? Marks { get; }

    private sealed class LinearScale : ValueScale
    {
        public override IReadOnlyList<(double Place, string Label)>? Marks => null;

        public override double Place(double value) => value;
    }

    private sealed class SignedLogScale(double floor, double largest) : ValueScale
    {
        public override IReadOnlyList<(double Place, string Label)> Marks
        {
            get
            {
                int powers = (int)Math.Floor(Math.Log10(largest / floor));
                IEnumerable<double> positive = Enumerable.Range(1, powers).Where(power => (powers - power) % 2 == 0).Select(power => floor * Math.Pow(10, power));
                return [.. positive.Select(value => -value).Reverse().Append(0).Concat(positive).Select(value => (Place(value), value.ToString("0.#e0", CultureInfo.InvariantCulture)))];
            }
        }

        public override double Place(double value) => Math.Sign(value) * Math.Log10(1 + (Math.Abs(value) / floor));
    }

    private sealed class LogScale(double low, double high) : ValueScale
    {
        private const int MostMarks = 7;

        // Powers of ten, thinned to what fits; with the 2 and the 5 between where there are few.
        public override IReadOnlyList<(double Place, string Label)> Marks
        {
            get
            {
                int first = (int)Math.Floor(low), last = (int)Math.Ceiling(high), every = ((last - first) / MostMarks) + 1;
                double[] steps = last - first <= 2 ? [1, 2, 5] : [1];
                return [.. Enumerable.Range(0, ((last - first) / every) + 1)
                    .SelectMany(index => steps.Select(step => step * Math.Pow(10, first + (index * every))))
                    .Select(value => (Math.Log10(value), value is >= 1e-3 and < 1e5 ? value.ToString("0.###", CultureInfo.InvariantCulture) : value.ToString("0e0", CultureInfo.InvariantCulture)))];
            }
        }

        public override double Place(double value) => value > 0 ? Math.Log10(value) : double.NaN;
    }
}
