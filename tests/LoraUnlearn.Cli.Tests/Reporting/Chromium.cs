using PuppeteerSharp;
using PuppeteerSharp.Media;

namespace LoraUnlearn.Cli.Tests.Reporting;

/// <summary>A test that opens a page in Chromium; skipped, with the reason, where none is installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ChromiumFactAttribute : FactAttribute
{
    public ChromiumFactAttribute() => Skip = Chromium.Program is null ? "no Chromium is installed (on Debian: apt install chromium), so pages are not looked at in a browser." : null;
}

/// <summary>What a page looks like in a window.</summary>
/// <param name="Errors">What the browser complained of: errors of the console, of scripts, and every request but that of the page itself.</param>
/// <param name="Charts">Left, top, width and height of each chart on the page.</param>
/// <param name="ChartTexts">The texts in the charts, each with the height of its letters on the screen.</param>
/// <param name="ScrollWidth">How wide the page is; wider than the window, it scrolls sideways.</param>
/// <param name="Background">Brightness of the background, 0 to 255.</param>
/// <param name="Ink">Brightness of the charts' axes.</param>
/// <param name="Text">The text on the page.</param>
internal sealed record SeenPage(IReadOnlyList<string> Errors, double[][] Charts, IReadOnlyList<(string Text, double Height)> ChartTexts, double ScrollWidth, double Background, double Ink, string Text);

/// <summary>Headless Chromium.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    // Screenshots are left here, where it is set, to be looked at.
    private static readonly string? Screenshots = Environment.GetEnvironmentVariable("LORA_UNLEARN_SCREENSHOTS");

    private readonly IBrowser _browser;

    private Chromium(IBrowser browser)
    {
        _browser = browser;
    }

    /// <summary>The program; null where none is installed.</summary>
    public static string? Program { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => new[] { "chromium", "chromium-browser", "google-chrome", "chrome.exe" }.Select(name => Path.Combine(folder, name)))
        .FirstOrDefault(File.Exists);

    /// <summary>Starts it.</summary>
    public static async Task<Chromium> Start() => new(await Puppeteer.LaunchAsync(new LaunchOptions
    {
        ExecutablePath = Program,
        Headless = true,
        Args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking"],
    }));

    public async ValueTask DisposeAsync() => await _browser.DisposeAsync();

    /// <summary>Opens a file from the disk in a window of a size and a theme.</summary>
    public async Task<SeenPage> Look(string file, int width, int height, bool dark, bool print = false)
    {
        await using IPage page = await _browser.NewPageAsync();
        List<string> errors = [];
        string address = new Uri(Path.GetFullPath(file)).AbsoluteUri;
        page.Console += (_, message) => errors.Add($"{message.Message.Type}: {message.Message.Text}");
        page.PageError += (_, error) => errors.Add(error.Message);
        page.Request += (_, request) =>
        {
            if (request.Request.Url != address && !request.Request.Url.StartsWith("data:", StringComparison.Ordinal))
            {
                errors.Add($"the page asks for {request.Request.Url}");
            }
        };
        await page.SetViewportAsync(new ViewPortOptions { Width = width, Height = height, IsMobile = width < 600, HasTouch = width < 600, DeviceScaleFactor = width < 600 ? 2 : 1 });
        await page.EmulateMediaFeaturesAsync([new MediaFeatureValue { MediaFeature = MediaFeature.PrefersColorScheme, Value = dark ? "dark" : "light" }]);
        if (print)
        {
            await page.EmulateMediaTypeAsync(MediaType.Print);
        }

        await page.GoToAsync(address, WaitUntilNavigation.Load);
        double[][] charts = await page.EvaluateExpressionAsync<double[][]>(
            "[...document.querySelectorAll('svg.chart')].map(s => { const r = s.getBoundingClientRect(); return [r.left, r.top, r.width, r.height]; })");
        string[] texts = await page.EvaluateExpressionAsync<string[]>("[...document.querySelectorAll('svg.chart text')].map(t => t.textContent)");
        double[] heights = await page.EvaluateExpressionAsync<double[]>(
            "[...document.querySelectorAll('svg.chart text')].map(t => parseFloat(getComputedStyle(t).fontSize) * t.ownerSVGElement.getBoundingClientRect().width / t.ownerSVGElement.viewBox.baseVal.width)");
        const string Brightness = "(c => { const [r, g, b] = c.match(/[0-9.]+/g).map(Number); return 0.299 * r + 0.587 * g + 0.114 * b; })";
        SeenPage seen = new(
            errors,
            charts,
            [.. texts.Zip(heights)],
            await page.EvaluateExpressionAsync<double>("document.documentElement.scrollWidth"),
            await page.EvaluateExpressionAsync<double>($"{Brightness}(getComputedStyle(document.body).backgroundColor)"),
            await page.EvaluateExpressionAsync<double>($"{Brightness}(getComputedStyle(document.querySelector('svg.chart text')).fill)"),
            await page.EvaluateExpressionAsync<string>("document.body.innerText"));
        if (Screenshots is { Length: > 0 } folder)
        {
            Directory.CreateDirectory(folder);
            await page.ScreenshotAsync(Path.Combine(folder, $"{Path.GetFileNameWithoutExtension(file)}-{width}-{(print ? "print" : dark ? "dark" : "light")}.png"), new ScreenshotOptions { FullPage = true });
        }

        return seen;
    }
}
