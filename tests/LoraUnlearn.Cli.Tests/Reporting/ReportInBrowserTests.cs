namespace LoraUnlearn.Cli.Tests.Reporting;

/// <summary>The report as a browser shows it: on a phone and a desktop, light and dark.</summary>
public sealed class ReportInBrowserTests : IDisposable
{
    private readonly DemoMaterial _demo = new();

    public void Dispose() => _demo.Dispose();

    [ChromiumFact]
    public async Task ReadsOnAPhoneAndADesktopInBothThemes()
    {
        string? given = Environment.GetEnvironmentVariable("LORA_UNLEARN_REPORT"); // any other page, to be looked at
        string page = given ?? ReportMaterial.Write(_demo);
        await using Chromium browser = await Chromium.Start();
        foreach ((int width, int height) in new[] { (390, 844), (1440, 900) })
        {
            foreach (bool dark in new[] { false, true })
            {
                SeenPage seen = await browser.Look(page, width, height, dark);
                Assert.Empty(seen.Errors);
                Assert.True(seen.ScrollWidth <= width, $"{width}: the page is {seen.ScrollWidth} wide");
                Assert.True(given is not null || seen.Charts.Length >= 10, $"{seen.Charts.Length} charts");
                Assert.All(seen.Charts, chart => Assert.True(chart[0] >= 0 && chart[2] > 250 && chart[3] > 150 && chart[0] + chart[2] <= width, string.Join(", ", chart)));
                Assert.All(seen.ChartTexts, text => Assert.True(text.Height > 7.5, $"{text.Text} is {text.Height} high"));
                Assert.Contains(seen.ChartTexts, text => text.Text == "step");
                Assert.True(dark ? seen.Background < 60 && seen.Ink > 180 : seen.Background > 200 && seen.Ink < 80, $"background {seen.Background}, ink {seen.Ink}");
            }
        }

        SeenPage printed = await browser.Look(page, 800, 1100, dark: true, print: true);
        Assert.True(printed.Background > 200 && printed.Ink < 80, "a dark theme is not printed");
    }
}
