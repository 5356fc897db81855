using System.Xml.Linq;
using LoraUnlearn.Reporting;

namespace LoraUnlearn.Tests.Reporting;

public class ChartTests
{
    [Fact]
    public void AHeatMapIsOneSvgWithItsNames()
    {
        string svg = Chart.HeatMap("e_u <by> layer", "step", ["0", "5", "10"], "layer", ["a", "b"], new double[,] { { -1e-6, 2, double.NaN }, { 0, -30, 1 } }, ValueScale.SignedLog([-30, 2]));
        string[] texts = [.. XDocument.Parse(svg).Descendants().Where(element => element.Name.LocalName == "text").Select(element => element.Value.Trim())];
        Assert.Contains("e_u <by> layer", texts);
        Assert.Contains("10", texts);
        Assert.Contains("b", texts);
        Assert.Contains("1e1", texts); // a mark of the colour bar
        Assert.Contains("image-rendering:pixelated", svg, StringComparison.Ordinal);
        Assert.Matches(@"matrix\(99\.33\d* 0 0 105 52 27\)", svg); // 3 columns and 2 rows fill the area of 298 by 210
        Assert.Throws<ArgumentException>(() => Chart.HeatMap("", "", [], "", [], new double[0, 0], ValueScale.Linear));
    }

    [Fact]
    public void CurvesAndHistogramsAreDrawnWhateverTheirValues()
    {
        string curves = Chart.Curves("loss", "step", "nats", [new("forget", [0, 1, 2], [1, double.PositiveInfinity, 2]), new("none", [], [])], ValueScale.Linear);
        Assert.Contains("forget", XDocument.Parse(curves).Root!.Value, StringComparison.Ordinal);
        foreach (double[] values in new double[][] { [], [3], [double.NaN, -1, -1, 2, 1e9] })
        {
            XDocument.Parse(Chart.Histogram("rows", "e_r", values, ValueScale.SignedLog(values)));
        }
    }

    // Whatever the data, ScottPlot draws in 0 to 1, texts are the page's, and no colour but of a theme is left.
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1e-300, 2e-300)]
    [InlineData(-1e99, 1e99)]
    [InlineData(1e15, 1000000000000001)]
    [InlineData(double.MinValue, double.MaxValue)]
    [InlineData(double.NaN, 1)]
    public void CurvesOfAnyRangeStayInTheirArea(double low, double high)
    {
        XElement svg = XDocument.Parse(Chart.Curves("title", "x", "y", [new("a \u0001 line", [low, high], [high, low]) { Dashed = true }], ValueScale.Linear)).Root!;
        Assert.Null(svg.Attribute("width"));
        Assert.StartsWith("0 0 420 ", svg.Attribute("viewBox")!.Value, StringComparison.Ordinal);
        Assert.DoesNotContain("#A0A", svg.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", svg.ToString(), StringComparison.Ordinal);
        Assert.All(svg.Descendants().Where(element => element.Name.LocalName == "text"), text => Assert.InRange((double)text.Attribute("x")!, 0, 420));
    }

    [Fact]
    public void MarksAreRoundNumbersWithinTheRange()
    {
        Assert.Equal(["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"], AxisMarks.Of(0, 1).Select(mark => mark.Label));
        Assert.Equal(["-50", "0", "50", "100"], AxisMarks.Of(-50, 120).Select(mark => mark.Label));
        Assert.Equal(["1e7", "2e7", "3e7"], AxisMarks.Of(0.9e7, 3.1e7, 3).Select(mark => mark.Label));
        Assert.Single(AxisMarks.Of(3, 3));
        Assert.Equal(["0.1", "1", "10", "100"], ValueScale.Log([0.1, 90, -3, 0, double.NaN]).Marks!.Select(mark => mark.Label));
    }

    [Fact]
    public void LongTextsAreCutToTheirRoom()
    {
        Assert.Equal("abcd…", ChartText.Cut("abcdefgh", 5));
        Assert.Equal("日本…", ChartText.Cut("日本語のモデル", 5)); // twice as wide
        Assert.Equal("😀…", ChartText.Cut("😀😀😀", 4));
        Assert.Equal("abc", ChartText.Cut("abc", 3));
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
        page.Figure(Chart.Histogram("rows", "e_r", [1, 2], ValueScale.Linear), "the same again");
        string html = page.ToString();
        Assert.Contains("<h1>A &amp; B</h1>", html, StringComparison.Ordinal);
        Assert.Contains("&lt;name&gt;", html, StringComparison.Ordinal);
        Assert.DoesNotContain("src=\"http", html, StringComparison.Ordinal);
        Assert.Contains("aria-label=\"rows &quot;here&quot;\"", html, StringComparison.Ordinal);
        string[] ids = [.. System.Text.RegularExpressions.Regex.Matches(html, " id=\"([^\"]+)\"").Select(match => match.Groups[1].Value)];
        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.All(System.Text.RegularExpressions.Regex.Matches(html, "url\\(#([^)]+)\\)").Select(match => match.Groups[1].Value), id => Assert.Contains(id, ids));
    }
}
