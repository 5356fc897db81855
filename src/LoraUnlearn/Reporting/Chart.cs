using ScottPlot;
using ScottPlot.TickGenerators;

namespace LoraUnlearn.Reporting;

/// <summary>A line of a chart.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="X">Abscissas, ascending.</param>
/// <param name="Y">Ordinates; what is not finite is left out.</param>
public sealed record Curve(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y);

/// <summary>Charts as SVG text, drawn by ScottPlot.</summary>
public static class Chart
{
    private const int Width = 640;
    private const int Height = 380;

    /// <summary>Values of a grid as colours: blue below 0, red above, white at 0.</summary>
    /// <param name="title">Above the chart.</param>
    /// <param name="columnTitle">What the columns are.</param>
    /// <param name="columns">Name of each column, from the left.</param>
    /// <param name="rowTitle">What the rows are.</param>
    /// <param name="rows">Name of each row, from the bottom.</param>
    /// <param name="values">[rows, columns]; what is not finite stays white.</param>
    /// <param name="scale">How values become colours.</param>
    /// <exception cref="ArgumentException">There is no cell.</exception>
    public static string HeatMap(string title, string columnTitle, IReadOnlyList<string> columns, string rowTitle, IReadOnlyList<string> rows, double[,] values, ValueScale scale)
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
                places[row, column] = double.IsFinite(values[row, column]) ? scale.Place(values[row, column]) : 0;
            }
        }

        double limit = places.Cast<double>().Select(Math.Abs).Max();
        Plot plot = Titled(title, columnTitle, rowTitle);
        ScottPlot.Plottables.Heatmap map = plot.Add.Heatmap(places);
        map.FlipVertically = true;
        map.Colormap = new ScottPlot.Colormaps.Balance();
        map.ManualRange = new ScottPlot.Range(limit > 0 ? -limit : -1, limit > 0 ? limit : 1);
        ScottPlot.Panels.ColorBar bar = plot.Add.ColorBar(map);
        if (scale.Marks is { } marks)
        {
            bar.Axis.TickGenerator = Ticks(marks);
        }

        plot.Axes.Bottom.TickGenerator = Ticks(Thinned(columns));
        plot.Axes.Left.TickGenerator = Ticks(Thinned(rows));
        plot.HideGrid();
        plot.Axes.Margins(0, 0);
        return Svg(plot);
    }

    /// <summary>Lines with a legend.</summary>
    /// <param name="title">Above the chart.</param>
    /// <param name="xTitle">What the abscissa is.</param>
    /// <param name="yTitle">What the ordinate is.</param>
    /// <param name="curves">The lines.</param>
    /// <param name="scale">How ordinates become places.</param>
    public static string Curves(string title, string xTitle, string yTitle, IReadOnlyList<Curve> curves, ValueScale scale)
    {
        Plot plot = Titled(title, xTitle, yTitle);
        foreach (Curve curve in curves)
        {
            (double X, double Y)[] points = [.. curve.X.Zip(curve.Y).Where(point => double.IsFinite(point.Second))];
            ScottPlot.Plottables.Scatter line = plot.Add.Scatter(points.Select(point => point.X).ToArray(), points.Select(point => scale.Place(point.Y)).ToArray());
            line.LegendText = curve.Name;
            line.LineWidth = 2;
        }

        if (scale.Marks is { } marks)
        {
            plot.Axes.Left.TickGenerator = Ticks(marks);
        }

        plot.ShowLegend(Edge.Right);
        return Svg(plot);
    }

    /// <summary>How often values fall into bins of equal width.</summary>
    /// <param name="title">Above the chart.</param>
    /// <param name="xTitle">What the values are.</param>
    /// <param name="values">The values; what is not finite is left out.</param>
    /// <param name="scale">How values become places; bins are equal in places.</param>
    /// <param name="bins">How many bins.</param>
    public static string Histogram(string title, string xTitle, IReadOnlyList<double> values, ValueScale scale, int bins = 40)
    {
        Plot plot = Titled(title, xTitle, "rows");
        double[] places = [.. values.Where(double.IsFinite).Select(scale.Place)];
        double low = places.DefaultIfEmpty(0).Min(), high = places.DefaultIfEmpty(0).Max();
        double width = high > low ? (high - low) / bins : 1;
        foreach (IGrouping<int, double> bin in places.GroupBy(place => Math.Min(bins - 1, (int)((place - low) / width))).OrderBy(bin => bin.Key))
        {
            plot.Add.Bar(new Bar { Position = low + ((bin.Key + 0.5) * width), Value = bin.Count(), Size = width, FillColor = Colors.SteelBlue });
        }

        if (scale.Marks is { } marks)
        {
            plot.Axes.Bottom.TickGenerator = Ticks(marks);
        }

        plot.Axes.Margins(bottom: 0);
        return Svg(plot);
    }

    private static Plot Titled(string title, string x, string y)
    {
        Plot plot = new();
        plot.Title(title, size: 15);
        plot.XLabel(x);
        plot.YLabel(y);
        return plot;
    }

    private static NumericManual Ticks(IReadOnlyList<(double Place, string Label)> marks) =>
        new([.. marks.Select(mark => mark.Place)], [.. marks.Select(mark => mark.Label)]);

    // At most about sixteen labels fit an axis.
    private static (double Place, string Label)[] Thinned(IReadOnlyList<string> labels)
    {
        int every = ((labels.Count - 1) / 16) + 1;
        return [.. labels.Select((label, index) => ((double)index, label)).Where((_, index) => index % every == 0)];
    }

    // A heat map is an image of one pixel a cell; enlarged, its cells must keep their edges.
    private static string Svg(Plot plot) =>
        plot.GetSvgXml(Width, Height).Replace("<image ", "<image style=\"image-rendering:pixelated\" ", StringComparison.Ordinal);
}
