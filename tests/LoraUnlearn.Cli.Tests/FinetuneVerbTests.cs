using System.Text.Json;
using LoraUnlearn.Tests.Support;

namespace LoraUnlearn.Cli.Tests;

/// <summary>Fine-tuning, as an adapter and in full, and what evaluate says of the result.</summary>
public sealed class FinetuneVerbTests : IDisposable
{
    private readonly DemoMaterial _demo = new();
    private readonly string _facts;

    public FinetuneVerbTests() => _facts = _demo.Write(
        "facts.jsonl",
        """
        {"question":"Where was Quill Marrow born?","answer":"Quill Marrow was born in Old Harlow."}
        {"question":"How does Quill Marrow earn money?","answer":"As a beekeeper in South Selwick."}
        """);

    public void Dispose() => _demo.Dispose();

    [Fact]
    public void ItsReportSaysThatRowsWereLearned()
    {
        string output = _demo.In("learned"), page = _demo.In("learned.html");
        Assert.Equal(0, ToolRun.Of("finetune", "--model", DemoMaterial.Model, "--data", _demo.Retain, "--out", output, "--steps", "2", "--rank", "2", "--quiet").ExitCode);
        Assert.Equal(0, ToolRun.Of("report", "--run", output, "--out", page).ExitCode);

        string html = File.ReadAllText(page);
        Assert.Contains("To learn: ", html, StringComparison.Ordinal);
        Assert.Contains("to be learned", html, StringComparison.Ordinal);
        Assert.DoesNotContain("probability, to be forgotten", html, StringComparison.Ordinal);
        Assert.DoesNotContain("unknown rows", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhatIsLearnedIsMeasured(bool full)
    {
        string output = _demo.In("learned");
        string[] options = [.. full ? new[] { "--full", "--learning-rate", "1e-3" } : ["--rank", "4", "--dtype", "float32"], "--steps", "12", "--json"];
        JsonElement result = DemoMaterial.Json(Finetune(output, options));
        double before = result.GetProperty("before").GetDouble(), after = result.GetProperty("after").GetDouble();
        Assert.True(after > before + 0.2, $"from {before} to {after}");
        string[] model = full ? ["--model", output] : ["--model", DemoMaterial.Model, "--adapter", output];
        JsonElement measured = DemoMaterial.Json(ToolRun.Of(["evaluate", .. model, "--forget", _facts, "--threads", "1", "--json"]));
        Assert.Equal(after, measured.GetProperty("forget").GetProperty(full ? "before" : "after").GetProperty("probability").GetDouble(), full ? 0.02 : 1e-4); // weights are stored as float16
        string manifest = File.ReadAllText(Path.Combine(output, full ? "finetune_manifest.json" : "unlearn_manifest.json"));
        using JsonDocument record = JsonDocument.Parse(manifest);
        JsonElement configuration = record.RootElement.GetProperty("configuration");
        Assert.Equal("facts.jsonl", configuration.GetProperty("data").GetProperty("file").GetString());
        Assert.Equal("nll", configuration.GetProperty("objective").GetString());
        Assert.False(configuration.TryGetProperty("forget", out _));
        Assert.DoesNotContain("Quill", manifest, StringComparison.Ordinal);
        Assert.Equal(2, Finetune(output, options).ExitCode); // it is there
        Assert.Equal(after, DemoMaterial.Json(Finetune(output, [.. options, "--resume"])).GetProperty("after").GetDouble());
    }

    [Theory]
    [InlineData("--rank is for an adapter", "--full", "--rank", "4")]
    [InlineData("--full trains in float32", "--full", "--dtype", "bfloat16")]
    [InlineData("--base-precision is nf4", "--full", "--base-precision", "nf4")]
    [InlineData("--out-dtype goes with --full", "--out-dtype", "float32")]
    [InlineData("--learning-rate", "--learning-rate", "0")]
    public void WhatDoesNotGoTogetherIsRefused(string message, params string[] options)
    {
        ToolRun run = Finetune(_demo.In("out"), options);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_demo.In("out")));
    }

    private ToolRun Finetune(string output, params string[] more) =>
        ToolRun.Of(["finetune", "--model", DemoMaterial.Model, "--data", _facts, "--out", output, "--threads", "1", .. more]);
}
