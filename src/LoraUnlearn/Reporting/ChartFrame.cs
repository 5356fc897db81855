using System.Globalization;
using System.Xml.Linq;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace LoraUnlearn.Reporting;

/// <summary>
/// The drawing of a chart: ScottPlot draws lines, grid and cells in an area of fixed size, in which both axes go from 0 to 1 unless said otherwise; the frame adds
/// the texts as SVG text, which the reader's program sets in a font of its own. So a chart is the same on a machine without fonts.
/// </summary>
internal sealed class ChartFrame : IDisposable
{
    /// <summary>Width of every chart, in units of the drawing; a reader scales it.</summary>
    public const double Width = 420;

    private const double TextSize = 13;
    private const double TitleLine = 19;
    private const double LegendLine = 20;
    private const double Swatch = 22;
    private const string Dashes = "6 4";

    // Colours that stand for variables until the drawing is finished: ScottPlot knows only colours.
    private const string InkMark = "#A0A001";
    private const string GridMark = "#A0A002";

    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";
    private static readonly XNamespace Link = "http://www.w3.org/1999/xlink";

    private readonly List<XElement> _added = [];
    private readonly Plot _plot = new();
    private readonly string[] _title;
    private double _legendHeight;

    /// <summary>Begins a chart.</summary>
    /// <param name="title">Above it.</param>
    /// <param name="height">Height of the area in which ScottPlot draws.</param>
    /// <param name="left">Left of that area.</param>
    /// <param name="right">Right of it.</param>
    /// <param name="bottom">Below it, without the legend.</param>
    public ChartFrame(string title, double height, double left, double right, double bottom)
    {
        _title = ChartText.Wrap(title, ChartText.Letters(Width, TextSize + 1));
        Left = left;
        Top = 8 + (TitleLine * _title.Length);
        PlotWidth = Width - left - right;
        PlotHeight = height;
        Bottom = bottom;
        _plot.FigureBackground.Color = Colors.Transparent;
        _plot.DataBackground.Color = Colors.Transparent;
        _plot.Axes.Color(Color.FromHex(InkMark));
        _plot.Grid.MajorLineColor = Color.FromHex(GridMark);
        _plot.Axes.Left.TickGenerator = new NumericManual([], []);
        _plot.Axes.Bottom.TickGenerator = new NumericManual([], []);
        _plot.Axes.Top.FrameLineStyle.Width = _plot.Axes.Right.FrameLineStyle.Width = 0;
        for (int line = 0; line < _title.Length; line++)
        {
            Text(Width / 2, 17 + (TitleLine * line), _title[line], "middle", TextSize + 1, bold: true);
        }
    }

    /// <summary>What ScottPlot draws on.</summary>
    public Plot Plot => _plot;

    /// <summary>Left edge of ScottPlot's area.</summary>
    public double Left { get; }

    /// <summary>Top edge of it.</summary>
    public double Top { get; }

    /// <summary>Width of it.</summary>
    public double PlotWidth { get; }

    /// <summary>Height of it.</summary>
    public double PlotHeight { get; }

    /// <summary>What ScottPlot's area shows, in ScottPlot's numbers; set before the axes.</summary>
    public AxisLimits Limits { get; set; } = new(0, 1, 0, 1);

    private double Bottom { get; }

    /// <summary>The colour that stands for a line's until the drawing is finished.</summary>
    /// <param name="index">The line's place.</param>
    /// <param name="dashed">Whether it is broken.</param>
    public static Color Line(int index, bool dashed) => Color.FromHex($"#A0A{(dashed ? 2 : 1)}{index % ChartPalette.Count:X2}");

    /// <summary>The place of a fraction of the abscissa in the drawing.</summary>
    public double X(double fraction) => Left + (fraction * PlotWidth);

    /// <summary>The place of a fraction of the ordinate in the drawing.</summary>
    public double Y(double fraction) => Top + ((1 - fraction) * PlotHeight);

    /// <summary>Marks of the abscissa.</summary>
    /// <param name="marks">Fraction and text of each.</param>
    /// <param name="title">What the abscissa is.</param>
    /// <param name="slanted">Whether the texts are too long to lie side by side.</param>
    public void BottomAxis(IReadOnlyList<(double Fraction, string Label)> marks, string title, bool slanted = false)
    {
        _plot.Axes.Bottom.TickGenerator = new NumericManual([.. marks.Select(mark => Limits.Left + (mark.Fraction * Limits.HorizontalSpan))], [.. marks.Select(_ => "")]);
        foreach ((double fraction, string label) in marks)
        {
            double x = X(fraction), y = Top + PlotHeight + 18;
            Text(slanted ? x + 4 : x, slanted ? y - 4 : y, label, slanted ? "end" : "middle", slanted ? TextSize - 1 : TextSize, turn: slanted ? -35 : 0);
        }

        Text(Left + (PlotWidth / 2), Top + PlotHeight + Bottom - 8, ChartText.Cut(title, ChartText.Letters(Width - 20, TextSize)), "middle");
    }

    /// <summary>Marks of the ordinate.</summary>
    /// <param name="marks">Fraction and text of each.</param>
    /// <param name="title">What the ordinate is.</param>
    public void LeftAxis(IReadOnlyList<(double Fraction, string Label)> marks, string title)
    {
        _plot.Axes.Left.TickGenerator = new NumericManual([.. marks.Select(mark => Limits.Bottom + (mark.Fraction * Limits.VerticalSpan))], [.. marks.Select(_ => "")]);
        foreach ((double fraction, string label) in marks)
        {
            Text(Left - 8, Y(fraction) + 4.5, ChartText.Cut(label, ChartText.Letters(Left - 26, TextSize)), "end");
        }

        Text(13, Top + (PlotHeight / 2), ChartText.Cut(title, ChartText.Letters(PlotHeight + 20, TextSize)), "middle", turn: -90);
    }

    /// <summary>A text in the drawing.</summary>
    /// <param name="x">Place of its anchor.</param>
    /// <param name="y">Its baseline.</param>
    /// <param name="text">The text.</param>
    /// <param name="anchor">start, middle or end.</param>
    /// <param name="size">Height of the letters.</param>
    /// <param name="bold">Whether it is a heading.</param>
    /// <param name="turn">Degrees clockwise about the anchor.</param>
    /// <param name="colour">Fixed colour; null for the ink of the theme.</param>
    /// <param name="halo">Whether it has a rim of the page's colour, to be read on lines.</param>
    public void Text(double x, double y, string text, string anchor, double size = TextSize, bool bold = false, double turn = 0, string? colour = null, bool halo = false)
    {
        XElement element = new(
            Svg + "text",
            new XAttribute("x", Number(x)),
            new XAttribute("y", Number(y)),
            new XAttribute("text-anchor", anchor),
            new XAttribute("font-size", Number(size)),
            ChartText.Readable(text));
        if (bold)
        {
            element.SetAttributeValue("font-weight", "600");
        }

        if (halo)
        {
            element.SetAttributeValue("style", $"paint-order:stroke;stroke:var({ChartPalette.Paper},#fff);stroke-width:5;stroke-linejoin:round;");
        }

        if (turn != 0)
        {
            element.SetAttributeValue("transform", $"rotate({Number(turn)} {Number(x)} {Number(y)})");
        }

        if (colour is null)
        {
            Paint(element, "fill", ChartPalette.Ink);
        }
        else
        {
            element.SetAttributeValue("fill", colour);
        }

        _added.Add(element);
    }

    /// <summary>A shape of one's own; a colour in it that starts with two dashes is a variable.</summary>
    public void Add(string name, params (string Attribute, object Value)[] attributes)
    {
        XElement element = new(Svg + name);
        foreach ((string attribute, object value) in attributes)
        {
            string text = value is double number ? Number(number) : value.ToString()!;
            if (text.StartsWith("--", StringComparison.Ordinal))
            {
                Paint(element, attribute, text);
            }
            else
            {
                element.SetAttributeValue(attribute, text);
            }
        }

        _added.Add(element);
    }

    /// <summary>Names of lines below the chart, as many side by side as fit.</summary>
    /// <param name="entries">Name, place and whether broken, of each line.</param>
    public void Legend(IReadOnlyList<(string Name, int Index, bool Dashed)> entries)
    {
        double x = 8, y = Top + PlotHeight + Bottom + 12;
        foreach ((string name, int index, bool dashed) in entries)
        {
            string shown = ChartText.Cut(name, ChartText.Letters(Width - Swatch - 20, TextSize));
            double width = Swatch + 6 + ChartText.Width(shown, TextSize);
            if (x > 8 && x + width > Width - 4)
            {
                x = 8;
                y += LegendLine;
            }

            Add("line", ("x1", x), ("x2", x + Swatch), ("y1", y - 4), ("y2", y - 4), ("stroke-width", 3.0), ("stroke", ChartPalette.Line(index)), ("stroke-dasharray", dashed ? Dashes : "none"));
            Text(x + Swatch + 6, y, shown, "start");
            x += width + 14;
        }

        _legendHeight = entries.Count == 0 ? 0 : y - (Top + PlotHeight + Bottom) + 8;
    }

    /// <inheritdoc/>
    public void Dispose() => _plot.Dispose();

    /// <summary>The chart as SVG: no size of its own but a view box, and colours that follow the theme.</summary>
    public string Finish()
    {
        double height = Top + PlotHeight + Bottom;
        _plot.Layout.Fixed(new PixelPadding((float)Left, (float)(Width - Left - PlotWidth), (float)Bottom, (float)Top));
        _plot.Axes.SetLimits(Limits);
        XElement root = XDocument.Parse(_plot.GetSvgXml((int)Width, (int)Math.Ceiling(height))).Root!;
        foreach (XElement element in root.Descendants())
        {
            foreach (XAttribute attribute in element.Attributes().Where(attribute => attribute.Name == "fill" || attribute.Name == "stroke").ToArray())
            {
                Resolve(element, attribute.Name.LocalName, attribute.Value);
            }

            if (element.Name == Svg + "image")
            {
                element.SetAttributeValue("style", "image-rendering:pixelated"); // a heat map is an image of one pixel a cell
            }
        }

        XElement chart = new(
            Svg + "svg",
            new XAttribute(XNamespace.Xmlns + "xlink", Link),
            new XAttribute("class", "chart"),
            new XAttribute("viewBox", $"0 0 {Number(Width)} {Number(height + _legendHeight)}"),
            new XAttribute("font-family", "system-ui, sans-serif"),
            new XElement(Svg + "style", $".chart{{{ChartPalette.Declarations(dark: false)}}}@media (prefers-color-scheme:dark){{.chart{{{ChartPalette.Declarations(dark: true)}}}}}"),
            root.Elements(),
            _added);
        return chart.ToString(SaveOptions.DisableFormatting);
    }

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static void Paint(XElement element, string attribute, string variable)
    {
        string fallback = ChartPalette.Fallback(variable);
        element.SetAttributeValue(attribute, fallback);
        element.SetAttributeValue("style", $"{(string?)element.Attribute("style")}{attribute}:var({variable},{fallback});");
    }

    private static void Resolve(XElement element, string attribute, string colour)
    {
        if (colour == InkMark || colour == GridMark)
        {
            Paint(element, attribute, colour == InkMark ? ChartPalette.Ink : ChartPalette.Grid);
        }
        else if (colour.StartsWith("#A0A1", StringComparison.Ordinal) || colour.StartsWith("#A0A2", StringComparison.Ordinal))
        {
            Paint(element, attribute, ChartPalette.Line(int.Parse(colour[5..], NumberStyles.HexNumber, CultureInfo.InvariantCulture)));
            if (colour[4] == '2' && attribute == "stroke")
            {
                element.SetAttributeValue("stroke-dasharray", Dashes);
            }
        }
    }
}
