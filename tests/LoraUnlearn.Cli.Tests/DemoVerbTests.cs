using System.Text.Json;

namespace LoraUnlearn.Cli.Tests;

public sealed class DemoVerbTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void DemoForgetsAndKeepsAndCanBeRepeated()
    {
        string output = Path.Combine(_folder.Path, "demo");
        Directory.CreateDirectory(Path.Combine(output, "adapter"));
        File.WriteAllText(Path.Combine(output, "demo.json"), "{\"made_by\": \"lora-unlearn demo\"}");
        File.WriteAllText(Path.Combine(output, "adapter", "adapter_model.safetensors"), "an earlier demo");

        JsonElement document = DemoMaterial.Json(ToolRun.Of("demo", "--out", output, "--json", "--quiet"));

        JsonElement measures = document.GetProperty("measures"), gold = document.GetProperty("gold");
        double Probability(string set, string when) => measures.GetProperty(set).GetProperty(when).GetProperty("probability").GetDouble();
        double goldForget = gold.GetProperty("forget").GetProperty("probability").GetDouble();
        Assert.InRange(Probability("forget", "before"), 0.95, 1);
        Assert.InRange(Probability("forget", "after"), 0, 2 * goldForget);
        Assert.InRange(Probability("retain", "after"), 0.95 * Probability("retain", "before"), 1);
        JsonElement paraphrased = document.GetProperty("paraphrased");
        Assert.InRange(paraphrased.GetProperty("answered_truly_before").GetDouble(), 0.3, 1);
        Assert.InRange(paraphrased.GetProperty("answered_truly_after").GetDouble(), 0, 2 / 128.0);
        Assert.Equal(0, ToolRun.Of("info", Path.Combine(output, "merged")).ExitCode);
        Assert.Equal(
            ["adapter", "demo.json", "forget.jsonl", "merged", "model", "paraphrased.jsonl", "retain.jsonl"],
            Directory.EnumerateFileSystemEntries(output).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void FolderWithOtherThingsIsLeftAlone()
    {
        string file = _folder.Write("mine.txt", "mine");
        ToolRun run = ToolRun.Of("demo", "--out", _folder.Path);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("already exists", run.Error, StringComparison.Ordinal);
        Assert.Equal([file], Directory.EnumerateFileSystemEntries(_folder.Path));
    }
}
