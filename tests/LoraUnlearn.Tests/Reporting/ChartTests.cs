using System.Xml.Linq;
using LoraUnlearn.Reporting;

namespace LoraUnlearn.Tests.Reporting;

public class ChartTests
{
    [FontFact]
    public void AHeatMapIsOneSvgWithItsNames()
    {
        string svg = Chart.HeatMap("e_u <by> layer", "step", ["0", "5", "10"], "layer", ["a", "b"], new double[,] { { -1e-6, 2, double.NaN }, { 0, -30, 1 } }, ValueScale.SignedLog([-30, 2]));
        string[] texts = [.. XDocument.Parse(svg).Descendants().Where(element => element.Name.LocalName == "text").Select(element => element.Value.Trim())];
        Assert.Contains("e_u <by> layer", texts);
        Assert.Contains("10", texts);
        Assert.Contains("b", texts);
        Assert.Contains("1e1", texts); // a mark of the colour bar
        Assert.Contains("image-rendering:pixelated", svg, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Chart.HeatMap("", "", [], "", [], new double[0, 0], ValueScale.Linear));
    }

    [FontFact]
    public void CurvesAndHistogramsAreDrawnWhateverTheirValues()
    {
        string curves = Chart.Curves("loss", "step", "nats", [new("forget", [0, 1, 2], [1, double.PositiveInfinity, 2]), new("none", [], [])], ValueScale.Linear);
        Assert.Contains("forget", XDocument.Parse(curves).Root!.Value, StringComparison.Ordinal);
        foreach (double[] values in new double[][] { [], [3], [double.NaN, -1, -1, 2, 1e9] })
        {
            XDocument.Parse(Chart.Histogram("rows", "e_r", values, ValueScale.SignedLog(values)));
        }
    }

    [Fact]
    public void ASignedLogScaleKeepsSignsAndPowersApart()
    {
        ValueScale scale = ValueScale.SignedLog([-250, 3, 0]); // floor 10^(2−4) = 0.01
        Assert.Equal(0, scale.Place(0));
        Assert.Equal(Math.Log10(1 + (3 / 0.01)), scale.Place(3), 1e-12);
        Assert.Equal(-scale.Place(250), scale.Place(-250), 1e-12);
        Assert.Equal(["-1e2", "-1e0", "0e0", "1e0", "1e2"], scale.Marks!.Select(mark => mark.Label));
        Assert.All(scale.Marks!.Where(mark => mark.Label == "1e2"), mark => Assert.Equal(scale.Place(100), mark.Place, 1e-12));
        Assert.Same(ValueScale.Linear, ValueScale.SignedLog([0, double.NaN]));
    }

    [Fact]
    public void APageHoldsEverythingAndEscapesText()
    {
        HtmlPage page = new("A & B");
        page.Table(["<name>", "x"], [["row", "1"]]);
        page.Figure(Chart.Histogram("rows", "e_r", [1, 2], ValueScale.Linear), "rows \"here\"");
        string html = page.ToString();
        Assert.Contains("<h1>A &amp; B</h1>", html, StringComparison.Ordinal);
        Assert.Contains("&lt;name&gt;", html, StringComparison.Ordinal);
        Assert.DoesNotContain("src=\"http", html, StringComparison.Ordinal);
        string data = html[(html.IndexOf("base64,", StringComparison.Ordinal) + 7)..];
        XDocument.Parse(System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(data[..data.IndexOf('"', StringComparison.Ordinal)])));
    }
}

/// <summary>A test of drawn text; skipped, with the reason, on a machine without fonts, where ScottPlot leaves text out.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FontFactAttribute : FactAttribute
{
    public FontFactAttribute() => Skip = SkiaSharp.SKTypeface.Default.ContainsGlyph('a') ? null : "no font is installed, so that charts have no text (on Debian: apt install fonts-dejavu-core).";
}
