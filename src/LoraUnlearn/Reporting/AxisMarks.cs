using System.Globalization;

namespace LoraUnlearn.Reporting;

/// <summary>Where an axis has marks, and what they say: multiples of 1, 2 or 5 times a power of ten.</summary>
internal static class AxisMarks
{
    private const double PlainFrom = 1e-4;
    private const double PlainTo = 1e5;
    private static readonly double[] Factors = [1, 2, 5, 10];

    /// <summary>Marks of a range.</summary>
    /// <param name="low">Its lower end.</param>
    /// <param name="high">Its upper end; where it is not above the lower one there is one mark.</param>
    /// <param name="most">The most intervals between marks.</param>
    public static IReadOnlyList<(double Place, string Label)> Of(double low, double high, int most = 6)
    {
        double raw = (high - low) / most;
        if (!(raw > 0) || !double.IsFinite(raw) || !double.IsNormal(raw))
        {
            return [(low, low.ToString("G4", CultureInfo.InvariantCulture))];
        }

        double power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        double step = Factors.Select(factor => factor * power).First(candidate => candidate >= raw * (1 - 1e-9));
        double first = Math.Ceiling((low / step) - 1e-9);
        string format = Format(Math.Max(Math.Abs(low), Math.Abs(high)), step);
        List<(double, string)> marks = [];
        for (int index = 0; index <= most + 1; index++)
        {
            double place = (first + index) * step;
            if (place > high + (step * 1e-9))
            {
                break;
            }

            marks.Add((place, (place == 0 ? 0 : place).ToString(format, CultureInfo.InvariantCulture)));
        }

        return marks;
    }

    private static string Format(double largest, double step) =>
        largest >= PlainTo || step < PlainFrom ? "0.##e0" : $"F{Math.Max(0, -(int)Math.Floor(Math.Log10(step) + 1e-9))}";
}
