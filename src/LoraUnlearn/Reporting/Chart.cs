using System.Globalization;
using ScottPlot;

namespace LoraUnlearn.Reporting;

/// <summary>A line of a chart.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="X">Abscissas, ascending.</param>
/// <param name="Y">Ordinates; a point that is not finite is left out.</param>
public sealed record Curve(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y)
{
    /// <summary>Whether it is broken: what others are compared with.</summary>
    public bool Dashed { get; init; }

    /// <summary>Whether it is grey: no result, but what chance would give.</summary>
    public bool Faint { get; init; }

    /// <summary>Whether its points are marked: few, with nothing known between them.</summary>
    public bool Marked { get; init; }
}

/// <summary>A distance between two lines, drawn upright and named.</summary>
/// <param name="X">Where.</param>
/// <param name="From">Its one end.</param>
/// <param name="To">Its other end.</param>
/// <param name="Label">Its name, for example <c>D = 0.395</c>.</param>
public sealed record ChartSpan(double X, double From, double To, string Label);

/// <summary>How a chart of lines is laid out, where the data do not say.</summary>
public sealed record CurveLayout
{
    /// <summary>How abscissas become places.</summary>
    public ValueScale X { get; init; } = ValueScale.Linear;

    /// <summary>Ends of the abscissa, as values; null: those of the data.</summary>
    public (double Low, double High)? XRange { get; init; }

    /// <summary>Ends of the ordinate, as values; null: those of the data.</summary>
    public (double Low, double High)? YRange { get; init; }

    /// <summary>A distance to be drawn; null for none.</summary>
    public ChartSpan? Span { get; init; }
}

/// <summary>
/// Charts as SVG text: shapes by ScottPlot, texts as SVG text. They have a view box in place of a size, so that they fit any width, and
/// colours that follow the reader's light or dark theme.
/// </summary>
public static class Chart
{
    private const double Height = 230;
    private const double AxisRoom = 62;
    private const double BottomRoom = 46;
    private const double RightRoom = 16;
    private const double Largest = 1e100;

    /// <summary>Values of a grid as colours; where cells are large enough with their values in them.</summary>
    /// <param name="title">Above the chart.</param>
    /// <param name="columnTitle">What the columns are.</param>
    /// <param name="columns">Name of each column, from the left.</param>
    /// <param name="rowTitle">What the rows are.</param>
    /// <param name="rows">Name of each row, from the bottom.</param>
    /// <param name="values">[rows, columns]; what is not finite stays empty.</param>
    /// <param name="scale">How values become colours: blue below 0, red above, white at 0; or from dark to bright where none is below 0 and <paramref name="rising"/>.</param>
    /// <param name="rising">Whether the values are sizes, from 0 on.</param>
    /// <exception cref="ArgumentException">There is no cell.</exception>
    public static string HeatMap(
        string title, string columnTitle, IReadOnlyList<string> columns, string rowTitle, IReadOnlyList<string> rows, double[,] values, ValueScale scale, bool rising = false)
    {
        if (values.Length == 0)
        {
            throw new ArgumentException("A heat map needs at least one cell.", nameof(values));
        }

        double[,] places = new double[rows.Count, columns.Count];
        for (int row = 0; row < rows.Count; row++)
        {
            for (int column = 0; column < columns.Count; column++)
            {
                places[row, column] = IsDrawable(values[row, column]) ? scale.Place(values[row, column]) : double.NaN;
            }
        }

        double limit = places.Cast<double>().Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max();
        limit = limit > 0 ? limit : 1;
        bool slanted = columns.Any(column => column.Length > 0) && columns.Max(column => column.Length) * Math.Min(16, columns.Count) > 34;
        using ChartFrame frame = new(title, Math.Clamp(22.0 * rows.Count, Height - 20, 2 * Height), Math.Clamp(26 + (7.5 * rows.Max(row => row.Length)), AxisRoom - 10, 120), 70, slanted ? 78 : BottomRoom);
        Cells(frame, places, rising ? new ScottPlot.Colormaps.Viridis() : new ScottPlot.Colormaps.Balance(), rising ? 0 : -limit, limit);
        CellTexts(frame, places, values, rising ? new ScottPlot.Colormaps.Viridis() : new ScottPlot.Colormaps.Balance(), rising ? 0 : -limit, limit);
        frame.BottomAxis(Thinned(columns), columnTitle, slanted);
        frame.LeftAxis(Thinned(rows), rowTitle);
        ColourBar(frame, rising ? new ScottPlot.Colormaps.Viridis() : new ScottPlot.Colormaps.Balance(), rising ? 0 : -limit, limit, scale);
        return frame.Finish();
    }

    /// <summary>Lines with a legend.</summary>
    /// <param name="title">Above the chart.</param>
    /// <param name="xTitle">What the abscissa is.</param>
    /// <param name="yTitle">What the ordinate is.</param>
    /// <param name="curves">The lines.</param>
    /// <param name="scale">How ordinates become places.</param>
    /// <param name="layout">What the data do not say; null for the usual.</param>
    public static string Curves(string title, string xTitle, string yTitle, IReadOnlyList<Curve> curves, ValueScale scale, CurveLayout? layout = null)
    {
        layout ??= new CurveLayout();
        (double X, double Y)[][] points =
        [
            .. curves.Select(curve => curve.X.Zip(curve.Y)
                .Where(point => IsDrawable(point.First) && IsDrawable(point.Second))
                .Select(point => (X: layout.X.Place(point.First), Y: scale.Place(point.Second)))
                .Where(point => double.IsFinite(point.X) && double.IsFinite(point.Y)).ToArray()),
        ];
        AxisRange x = AxisRange.Of(layout.XRange is { } wide ? [layout.X.Place(wide.Low), layout.X.Place(wide.High)] : points.SelectMany(line => line.Select(point => point.X)), layout.XRange is null ? 0.02 : 0);
        AxisRange y = AxisRange.Of(layout.YRange is { } tall ? [scale.Place(tall.Low), scale.Place(tall.High)] : points.SelectMany(line => line.Select(point => point.Y)), layout.YRange is null ? 0.05 : 0);
        using ChartFrame frame = new(title, Height, AxisRoom, RightRoom, BottomRoom);
        for (int index = 0; index < curves.Count; index++)
        {
            if (points[index].Length == 0)
            {
                continue;
            }

            ScottPlot.Plottables.Scatter line = frame.Plot.Add.Scatter(points[index].Select(point => x.Fraction(point.X)).ToArray(), points[index].Select(point => y.Fraction(point.Y)).ToArray());
            line.Color = ChartFrame.Line(Colour(curves[index], index), IsDashed(curves[index], index));
            line.LineWidth = 2;
            line.MarkerSize = curves[index].Marked || points[index].Length == 1 ? 7 : 0;
        }

        frame.BottomAxis(x.Marks(layout.X), xTitle);
        frame.LeftAxis(y.Marks(scale), yTitle);
        if (layout.Span is { } span)
        {
            Draw(frame, x.Fraction(layout.X.Place(span.X)), y.Fraction(scale.Place(span.From)), y.Fraction(scale.Place(span.To)), span.Label);
        }

        frame.Legend([.. curves.Select((curve, index) => (points[index].Length > 0 ? curve.Name : $"{curve.Name} (nothing to draw)", Colour(curve, index), IsDashed(curve, index)))]);
        return frame.Finish();
    }

    /// <summary>How often values fall into bins of equal width.</summary>
    /// <param name="title">Above the chart.</param>
    /// <param name="xTitle">What the values are.</param>
    /// <param name="values">The values; what is not finite is left out.</param>
    /// <param name="scale">How values become places; bins are equal in places.</param>
    /// <param name="bins">How many bins.</param>
    public static string Histogram(string title, string xTitle, IReadOnlyList<double> values, ValueScale scale, int bins = 40)
    {
        double[] places = [.. values.Where(IsDrawable).Select(scale.Place).Where(double.IsFinite)];
        AxisRange x = AxisRange.Of(places, 0);
        int[] counts = new int[bins];
        foreach (double place in places)
        {
            counts[Math.Clamp((int)(x.Fraction(place) * bins), 0, bins - 1)]++;
        }

        AxisRange y = AxisRange.Of([0, Math.Max(1, counts.Max()) * 1.05], 0);
        using ChartFrame frame = new(title, Height, AxisRoom, RightRoom, BottomRoom);
        for (int bin = 0; bin < bins; bin++)
        {
            if (counts[bin] > 0)
            {
                frame.Plot.Add.Bar(new Bar { Position = (bin + 0.5) / bins, Value = y.Fraction(counts[bin]), Size = 1.0 / bins, FillColor = ChartFrame.Line(0, dashed: false), LineWidth = 0 });
            }
        }

        frame.BottomAxis(x.Marks(scale), xTitle);
        frame.LeftAxis(y.Marks(ValueScale.Linear), "rows");
        return frame.Finish();
    }

    private static bool IsDrawable(double value) => Math.Abs(value) <= Largest;

    // Colours come again after the eighth line; from there on lines are broken too.
    private static bool IsDashed(Curve curve, int index) => curve.Dashed || index >= ChartPalette.Count;

    private static int Colour(Curve curve, int index) => curve.Faint ? ChartPalette.Count - 1 : index;

    private static void Draw(ChartFrame frame, double x, double from, double to, string label)
    {
        double place = frame.X(x), top = Math.Min(frame.Y(from), frame.Y(to)), bottom = Math.Max(frame.Y(from), frame.Y(to));
        frame.Add("line", ("x1", place), ("x2", place), ("y1", top), ("y2", bottom), ("stroke-width", 2.5), ("stroke", ChartPalette.Ink));
        foreach (double end in new[] { top, bottom })
        {
            frame.Add("line", ("x1", place - 5), ("x2", place + 5), ("y1", end), ("y2", end), ("stroke-width", 2.5), ("stroke", ChartPalette.Ink));
        }

        bool atLeft = x > 0.6;
        frame.Text(atLeft ? place - 8 : place + 8, ((top + bottom) / 2) + 5, label, atLeft ? "end" : "start", bold: true, halo: true);
    }

    private static void Cells(ChartFrame frame, double[,] places, IColormap colours, double low, double high)
    {
        ScottPlot.Plottables.Heatmap map = frame.Plot.Add.Heatmap(places);
        map.FlipVertically = true;
        map.Colormap = colours;
        map.ManualRange = new ScottPlot.Range(low, high);
        map.NaNCellColor = Colors.Transparent;
        frame.Limits = new AxisLimits(-0.5, places.GetLength(1) - 0.5, -0.5, places.GetLength(0) - 0.5); // a cell is 1 by 1, about its place
        frame.Plot.HideGrid();
    }

    private static void CellTexts(ChartFrame frame, double[,] places, double[,] values, IColormap colours, double low, double high)
    {
        int rows = places.GetLength(0), columns = places.GetLength(1);
        if (frame.PlotWidth / columns < 32 || frame.PlotHeight / rows < 15)
        {
            return;
        }

        double largest = values.Cast<double>().Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max();
        string format = largest is >= 1e-3 and < 1e4 ? $"F{Math.Clamp(2 - (int)Math.Ceiling(Math.Log10(largest)), 0, 4)}" : "0.#e0";
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                if (double.IsFinite(places[row, column]))
                {
                    Color cell = colours.GetColor((places[row, column] - low) / (high - low));
                    bool isDark = (0.299 * cell.R) + (0.587 * cell.G) + (0.114 * cell.B) < 140;
                    frame.Text(frame.X((column + 0.5) / columns), frame.Y((row + 0.5) / rows) + 4, values[row, column].ToString(format, CultureInfo.InvariantCulture), "middle", 10.5, colour: isDark ? "#fff" : "#111");
                }
            }
        }
    }

    private static void ColourBar(ChartFrame frame, IColormap colours, double low, double high, ValueScale scale)
    {
        const int Strips = 48;
        double x = frame.X(1) + 12, strip = frame.PlotHeight / Strips;
        for (int index = 0; index < Strips; index++)
        {
            Color colour = colours.GetColor((index + 0.5) / Strips);
            frame.Add("rect", ("x", x), ("y", frame.Y((index + 1.0) / Strips)), ("width", 10.0), ("height", strip + 0.5), ("fill", $"#{colour.R:x2}{colour.G:x2}{colour.B:x2}"));
        }

        foreach ((double place, string label) in scale.Marks ?? AxisMarks.Of(low, high, 5))
        {
            double fraction = (place - low) / (high - low);
            if (fraction is >= -1e-9 and <= 1 + 1e-9)
            {
                frame.Text(x + 14, frame.Y(fraction) + 4, label, "start", 12);
            }
        }
    }

    // At most about sixteen labels fit an axis.
    private static (double Fraction, string Label)[] Thinned(IReadOnlyList<string> labels)
    {
        int every = ((labels.Count - 1) / 16) + 1;
        return [.. labels.Select((label, index) => ((index + 0.5) / labels.Count, ChartText.Cut(label, 16))).Where((_, index) => index % every == 0)];
    }
}
