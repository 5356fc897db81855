using System.Text.Json;
using LoraUnlearn.Tests.Support;

namespace LoraUnlearn.Cli.Tests;

/// <summary>An export at a lower rank says what that does to forgetting, where model and data are known.</summary>
public sealed class ExportVerbTests : IDisposable
{
    private static readonly string Adapter = Path.Combine(Repository.Root, "adapters", "demo-people");

    private readonly DemoMaterial _demo = new();

    public void Dispose() => _demo.Dispose();

    [Fact]
    public void LossIsMeasuredOnTheDataThatIsGiven()
    {
        string output = _demo.In("lower");
        ToolRun run = ToolRun.Of("export", "--adapter", Adapter, "--rank", "1", "--out", output, "--model", DemoMaterial.Model, "--forget", _demo.Forget, "--retain", _demo.Retain, "--json");
        JsonElement measured = DemoMaterial.Json(run).GetProperty("probability");
        double Measured(string variant, string set) => measured.GetProperty(variant).GetProperty(set).GetDouble();

        Assert.Equal(Score(null, _demo.Forget), Measured("base", "forget"), 1e-4);
        Assert.Equal(Score(Adapter, _demo.Forget), Measured("adapter", "forget"), 1e-4);
        Assert.Equal(Score(output, _demo.Forget), Measured("exported", "forget"), 1e-4);
        Assert.Equal(Score(output, _demo.Retain), Measured("exported", "retain"), 1e-4);
        Assert.True(Measured("exported", "forget") > Measured("adapter", "forget") + 0.02, "the test needs an adapter that rank 1 harms");
        Assert.Matches(@"warning: as exported, at rank 1, the probability of what was to be forgotten rises from 0\.\d{3} to 0\.\d{3}.*Choose a higher --rank, or a smaller --max-error; rank \d+ is exact\.", run.Error);
    }

    [Fact]
    public void DataOfTheManifestIsFoundByItsDigest()
    {
        string adapter = _demo.TrainAdapter(); // its data lies in the folder that holds it
        JsonElement known = DemoMaterial.Json(ToolRun.Of("export", "--adapter", adapter, "--rank", "1", "--out", _demo.In("known"), "--json"));
        File.AppendAllText(_demo.Forget, "{\"text\": \"one row more\"}\n");
        ToolRun other = ToolRun.Of("export", "--adapter", adapter, "--rank", "1", "--out", _demo.In("other"), "--json");

        Assert.InRange(known.GetProperty("probability").GetProperty("base").GetProperty("forget").GetDouble(), 0.95, 1);
        Assert.False(DemoMaterial.Json(other).TryGetProperty("probability", out _));
        Assert.Contains("is not measured without --model DIR and --forget FILE", other.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void ExactExportMeasuresNothing()
    {
        ToolRun run = ToolRun.Of("export", "--adapter", Adapter, "--out", _demo.In("same"));

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
    }

    private static double Score(string? adapter, string rows)
    {
        string[] with = adapter is null ? [] : ["--adapter", adapter];
        return DemoMaterial.Json(ToolRun.Of(["score", "--model", DemoMaterial.Model, "--data", rows, "--json", "--quiet", .. with])).GetProperty("probability").GetDouble();
    }
}
