namespace LoraUnlearn.Reporting;

/// <summary>The places that an axis shows.</summary>
/// <param name="Low">The lower end.</param>
/// <param name="High">The upper end, above the lower one.</param>
internal readonly record struct AxisRange(double Low, double High)
{
    /// <summary>The range of some places.</summary>
    /// <param name="places">The places; none are 0 to 1, equal ones get room on both sides.</param>
    /// <param name="margin">Room at each end, as a share.</param>
    public static AxisRange Of(IEnumerable<double> places, double margin)
    {
        double[] all = [.. places.Where(double.IsFinite)];
        if (all.Length == 0)
        {
            return new AxisRange(0, 1);
        }

        double low = all.Min(), high = all.Max(), size = Math.Max(Math.Abs(low), Math.Abs(high));
        double room = high - low > size * 1e-12 ? (high - low) * margin : Math.Max(size * 0.1, 0.5);
        return new AxisRange(low - room, high + room);
    }

    /// <summary>A place as a fraction of the axis.</summary>
    public double Fraction(double place) => (place - Low) / (High - Low);

    /// <summary>Fraction and text of the marks that lie within.</summary>
    /// <param name="scale">How values become places.</param>
    public IReadOnlyList<(double Fraction, string Label)> Marks(ValueScale scale)
    {
        AxisRange range = this;
        return [.. (scale.Marks ?? AxisMarks.Of(Low, High)).Select(mark => (range.Fraction(mark.Place), mark.Label)).Where(mark => mark.Item1 is >= -1e-9 and <= 1 + 1e-9)];
    }
}
