using System.Text.Json;

namespace LoraUnlearn.Cli.Tests;

/// <summary>A run that is killed at any point and resumed ends with the same adapter as one that was never stopped.</summary>
public sealed class ResumeTests : IDisposable
{
    private const int Steps = 12;
    private const string AdapterFile = "adapter_model.safetensors";

    private readonly DemoMaterial _demo = new();

    public void Dispose() => _demo.Dispose();

    [Fact]
    public void KilledAnywhereAndResumedGivesTheSameBytes()
    {
        string whole = _demo.In("whole");
        Assert.Equal(0, ToolProcessRun(_demo.Unlearn(whole, Steps, "--checkpoint-every", "3")));
        byte[] expected = File.ReadAllBytes(Path.Combine(whole, AdapterFile));

        // Each is a sign of how far the run is; the kill follows it at once, or a little later.
        (string Name, Func<string, bool> Reached, int LaterInMilliseconds)[] points =
        [
            ("during the Fisher estimate", folder => File.Exists(Path.Combine(folder, "training", "run.json")), 15),
            ("with the first state", folder => StateStep(folder) == 0, 0),
            ("between two states", folder => StateStep(folder) is >= 3 and < Steps, 20),
            ("with the last state", folder => StateStep(folder) == Steps, 0),
            ("during the export", folder => File.Exists(Path.Combine(folder, AdapterFile)), 0),
        ];
        foreach ((string name, Func<string, bool> reached, int later) in points)
        {
            string broken = _demo.In("broken " + name);
            using (ToolProcess process = ToolProcess.Start(_demo.Unlearn(broken, Steps, "--checkpoint-every", "3")))
            {
                process.WaitFor(() => reached(broken));
                Thread.Sleep(later);
                process.Kill();
            }

            ToolRun resumed = ToolRun.Of(_demo.Unlearn(broken, Steps, "--checkpoint-every", "3", "--resume"));
            Assert.True(resumed.ExitCode == 0, $"{name}: {resumed.Error}");
            Assert.True(expected.SequenceEqual(File.ReadAllBytes(Path.Combine(broken, AdapterFile))), $"killed {name}, the adapter is another");
            Assert.False(Directory.Exists(Path.Combine(broken, "training")), name);
            Assert.Equal(Logged(whole), Logged(broken));
        }
    }

    [Fact]
    public void InterruptionLeavesAStateAndSaysHowToGoOn()
    {
        string output = _demo.In("interrupted");
        using (ToolProcess process = ToolProcess.Start(_demo.Unlearn(output, 100_000)))
        {
            process.WaitFor(() => StateStep(output) is >= 0);
            process.Interrupt();

            Assert.Equal(130, process.WaitForEnd());
            Assert.Contains("--resume", process.Error, StringComparison.Ordinal);
        }

        Assert.InRange(StateStep(output) ?? -1, 0, 99_999);
        Assert.False(File.Exists(Path.Combine(output, AdapterFile)));
    }

    [Fact]
    public void FinishedRunIsLeftAsItIs()
    {
        string output = _demo.In("finished");
        Assert.Equal(0, ToolRun.Of(_demo.Unlearn(output, 2)).ExitCode);
        byte[] before = File.ReadAllBytes(Path.Combine(output, AdapterFile));
        DateTime written = File.GetLastWriteTimeUtc(Path.Combine(output, AdapterFile));

        JsonElement again = DemoMaterial.Json(ToolRun.Of(_demo.Unlearn(output, 2, "--resume", "--json")));

        Assert.Equal(2, again.GetProperty("steps").GetInt32());
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(output, AdapterFile)));
        Assert.Equal(written, File.GetLastWriteTimeUtc(Path.Combine(output, AdapterFile)));
    }

    [Fact]
    public void AnotherConfigurationIsNotResumed()
    {
        string output = _demo.In("other");
        Assert.Equal(0, ToolRun.Of(_demo.Unlearn(output, 2)).ExitCode);

        ToolRun run = ToolRun.Of(_demo.Unlearn(output, 3, "--resume"));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--steps: 2 before, 3 now", run.Error, StringComparison.Ordinal);
    }

    // How rows are encoded determines the adapter as much as any other setting.
    [Fact]
    public void AnotherEncodingIsNotResumedAndIsWhatAnExportMeasuresWith()
    {
        string output = _demo.In("own");
        Assert.Equal(0, ToolRun.Of(_demo.Unlearn(output, 1, "--template", "Q:{question}\\nA:{answer}")).ExitCode);

        ToolRun run = ToolRun.Of(_demo.Unlearn(output, 1, "--resume", "--append-eos", "off", "--special-tokens", "text", "--score", "all-assistant"));
        Assert.Equal(2, run.ExitCode);
        foreach (string difference in new[] { "--append-eos: auto before, off now", "--special-tokens: parse before, text now", "--score: last-assistant before, all-assistant now", "before, auto now" })
        {
            Assert.Contains(difference, run.Error, StringComparison.Ordinal);
        }

        ToolRun export = ToolRun.Of("export", "--adapter", output, "--rank", "1", "--out", _demo.In("low"), "--model", DemoMaterial.Model, "--forget", _demo.Forget);
        Assert.True(export.ExitCode == 0, export.Error);
        Assert.Contains("answer probability", export.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void NothingToResumeIsBadInput()
    {
        string output = _demo.In("other");
        Directory.CreateDirectory(output);
        File.WriteAllText(Path.Combine(output, "notes.txt"), "mine");

        ToolRun run = ToolRun.Of(_demo.Unlearn(output, 2, "--resume"));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("holds no run to resume", run.Error, StringComparison.Ordinal);
    }

    private static int ToolProcessRun(string[] arguments)
    {
        using ToolProcess process = ToolProcess.Start(arguments);
        return process.WaitForEnd();
    }

    // The steps taken when the state was saved, from its header; null where there is no state.
    private static int? StateStep(string folder)
    {
        string path = Path.Combine(folder, "training", "state.safetensors");
        if (!File.Exists(path))
        {
            return null;
        }

        using FileStream stream = File.OpenRead(path);
        byte[] length = new byte[8];
        stream.ReadExactly(length);
        byte[] header = new byte[BitConverter.ToInt64(length)];
        stream.ReadExactly(header);
        using JsonDocument document = JsonDocument.Parse(header);
        return int.Parse(document.RootElement.GetProperty("__metadata__").GetProperty("step").GetString()!, System.Globalization.CultureInfo.InvariantCulture);
    }

    // Each step once, with the same numbers: all but the seconds.
    private static IEnumerable<string> Logged(string folder) =>
        Training.StepLog.Read(folder)!.Select(entry => $"{entry.Step}: {string.Join(", ", entry.Numbers.Where(number => number.Key != "seconds").Select(number => $"{number.Key} {number.Value:R}"))}");
}
