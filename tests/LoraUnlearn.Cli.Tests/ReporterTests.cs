using System.Text.Json;
using LoraUnlearn.Cli.Output;

namespace LoraUnlearn.Cli.Tests;

public sealed class ReporterTests
{
    [Fact]
    public void JsonIsOneDocumentAndNothingElse()
    {
        ToolRun run = ToolRun.OfVerb(new SampleVerb(), "sample", "--model", "x", "--json", "--set", "beta=0.1", "--set", "alpha=2");

        using JsonDocument document = JsonDocument.Parse(run.Out);
        Assert.Equal(16, document.RootElement.GetProperty("rank").GetInt32());
        Assert.Equal(2, document.RootElement.GetProperty("set").GetArrayLength());
        Assert.Equal("a log\n", run.Error);
    }

    [Fact]
    public void LinesAndPlainTablesWithoutJson()
    {
        ToolRun run = ToolRun.OfVerb(new SampleVerb(), "sample", "--model", "x", "--rank", "4");

        Assert.Equal("rank 4\nname  value\nrank      4\n", run.Out);
    }

    [Fact]
    public void QuietDropsLogs() =>
        Assert.Equal("", ToolRun.OfVerb(new SampleVerb(), "sample", "--model", "x", "--quiet").Error);

    [Fact]
    public void VerboseAddsDetails() =>
        Assert.Equal("a log\na detail\n", ToolRun.OfVerb(new SampleVerb(), "sample", "--model", "x", "--verbose").Error);

    [Fact]
    public void TableOnATerminalIsRuledAndEscaped()
    {
        StringWriter output = new() { NewLine = "\n" };
        TextTable table = new("name", "value") { Title = "a [title]" };
        table.Add("[red]", "1");
        table.Write(new Terminal(Stream.Null, output, TextWriter.Null) { OutIsTerminal = true, Width = 60 });

        Assert.Contains("[red]", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("a [title]", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("│", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void TableRefusesARowOfAnotherWidth() =>
        Assert.Throws<ArgumentException>(() => new TextTable("name", "value").Add("one"));

    [Fact]
    public void ProgressOnATerminalRenewsOneLine()
    {
        StringWriter error = new() { NewLine = "\n" };
        using (ProgressDisplay progress = new(error, "training", total: 2, ProgressStyle.Line))
        {
            progress.Report(1, "loss 0.50");
            progress.Report(2, "loss 0.25");
        }

        string[] shown = error.ToString().Split('\r', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, shown.Length);
        Assert.StartsWith("training [############............] 1/2, loss 0.50", shown[0], StringComparison.Ordinal);
        Assert.StartsWith("training [########################] 2/2, loss 0.25, ", shown[1], StringComparison.Ordinal);
        Assert.EndsWith("\n", shown[1], StringComparison.Ordinal);
    }

    [Fact]
    public void ProgressInALogIsLines()
    {
        StringWriter error = new() { NewLine = "\n" };
        using (ProgressDisplay progress = new(error, "training", total: 2, ProgressStyle.Log))
        {
            progress.Report(1, "loss 0.50");
            progress.Report(2, "loss 0.25");
        }

        Assert.Matches(@"^training 2/2, loss 0\.25, \d\.\d s\n$", error.ToString());
    }

    // The stages of an evaluation begin with a report of nothing done, then go on in large windows.
    [Theory]
    [InlineData(0, 256, "100/400", "256/400, 17 s left")]
    [InlineData(100, 256, "100/400", "256/400, 28 s left")] // taken up after 100 rows: 156 rows took 30 s
    public void TimeLeftIsThatOfThePaceSinceTheFirstReport(int first, int second, string begins, string ends)
    {
        SetClock clock = new();
        StringWriter error = new() { NewLine = "\n" };
        using (ProgressDisplay progress = new(error, "tofu: retain", total: 400, ProgressStyle.Line, time: clock))
        {
            progress.Report(first);
            clock.Now += TimeSpan.FromSeconds(30);
            progress.Report(second);
        }

        string[] shown = error.ToString().Split('\r', StringSplitOptions.RemoveEmptyEntries);
        Assert.EndsWith(first == 0 ? "0/400" : begins, shown[0].TrimEnd(), StringComparison.Ordinal); // nothing is known yet
        Assert.EndsWith(ends, shown[1].TrimEnd(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.04, "0.0 s")]
    [InlineData(9.94, "9.9 s")]
    [InlineData(59.4, "59 s")]
    [InlineData(59.6, "1 min 00 s")]
    [InlineData(3725, "1 h 02 min")]
    public void DurationsAreWrittenForPeople(double seconds, string text) =>
        Assert.Equal(text, Durations.Text(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void NumbersThatJsonLacksAreNull()
    {
        Assert.Null(JsonText.Number(double.NaN));
        Assert.Null(JsonText.Number(double.PositiveInfinity));
        Assert.Equal("[0.1,null]", JsonText.Compact(JsonText.Numbers([0.1, double.NaN])));
    }

    private sealed class SetClock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
