using System.Text.Json;
using LoraUnlearn.Tests.Support;

namespace LoraUnlearn.Cli.Tests;

/// <summary>The audit of the adapter that ships for the demo's model: what is printed, written and refused.</summary>
public sealed class AuditVerbTests : IDisposable
{
    private static readonly string Adapter = Path.Combine(Repository.Root, "adapters", "demo-people");

    private readonly DemoMaterial _demo = new();

    public void Dispose() => _demo.Dispose();

    [Fact]
    public void TheAuditIsPrintedAndWritten()
    {
        string json = _demo.In("audit.json"), markdown = _demo.In("audit.md");
        ToolRun run = Audit("--retain", _demo.Retain, "--reference-model", DemoMaterial.Model, "--relearn-steps", "2", "--samples", "2", "--out", json, "--markdown", markdown);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("8 forgotten rows' true answers have probability", run.Out, StringComparison.Ordinal);
        Assert.Contains("beyond what the retain-only model gives", run.Out, StringComparison.Ordinal);
        Assert.Contains("| relearn | probability |", File.ReadAllText(markdown), StringComparison.Ordinal);
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(json));
        JsonElement root = document.RootElement;
        Assert.Equal("lora-unlearn-audit/1", root.GetProperty("format").GetString());
        Assert.Equal(("Demo", "demo-people", "Demo"), (root.GetProperty("model").GetString(), root.GetProperty("adapter").GetString(), root.GetProperty("reference").GetString()));
        Assert.Equal(["prime", "cloze", "sample", "scale", "layers", "lens", "quantise", "relearn"], root.GetProperty("attacks").EnumerateArray().Select(attack => attack.GetProperty("name").GetString()!));
        Assert.Equal(["paraphrase", "choice"], root.GetProperty("skipped").EnumerateArray().Select(attack => attack.GetProperty("name").GetString()!));
        Assert.All(root.GetProperty("attacks").EnumerateArray(), attack =>
        {
            Assert.InRange(attack.GetProperty("value").GetDouble(), 0, 1);
            Assert.InRange(attack.GetProperty("baseline").GetDouble(), 0, 1);
            Assert.All(attack.GetProperty("curves").EnumerateArray(), curve => Assert.Equal(curve.GetProperty("x").GetArrayLength(), curve.GetProperty("y").GetArrayLength()));
        });
        Assert.DoesNotContain("Alba", File.ReadAllText(json) + File.ReadAllText(markdown) + run.Out, StringComparison.Ordinal);
        Assert.Contains("--overwrite", Audit("--attacks", "lens", "--out", json).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void TextIsShownWhenAskedFor()
    {
        string markdown = _demo.In("audit.md");
        JsonElement document = DemoMaterial.Json(Audit("--attacks", "sample,paraphrase", "--samples", "1", "--paraphrased", _demo.Forget, "--show-text", "--markdown", markdown, "--json"));
        JsonElement[] attacks = [.. document.GetProperty("attacks").EnumerateArray()];
        Assert.Equal(2, attacks.Length);
        Assert.All(attacks, attack => Assert.NotEqual("", attack.GetProperty("examples")[0].GetProperty("truth").GetString()));
        Assert.Contains("| attack | line | truth |", File.ReadAllText(markdown), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("relern", "there is no attack 'relern'")]
    [InlineData("choice", "perturbed_answer")]
    [InlineData("paraphrase", "--paraphrased")]
    public void AttacksThatCannotBeTriedAreRefused(string attacks, string message)
    {
        ToolRun run = Audit("--attacks", attacks, "--out", _demo.In("audit.json"));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_demo.In("audit.json")));
    }

    [Fact]
    public void AReferenceOfAnotherKindIsRefused()
    {
        ToolRun run = Audit("--attacks", "lens", "--reference-model", Path.Combine(Repository.Fixtures, "models", "llama-gqa"));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("same tokenizer", run.Error, StringComparison.Ordinal);
    }

    private ToolRun Audit(params string[] more) =>
        ToolRun.Of(["audit", "--model", DemoMaterial.Model, "--adapter", Adapter, "--forget", _demo.Forget, "--threads", "1", .. more]);
}
