using System.Text;
using System.Text.Json;

namespace LoraUnlearn.Cli.Tests;

public sealed class ConfigurationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void EachFormOfValueReachesItsOption()
    {
        ToolRun run = RunWith("model: somewhere\nrank: 8\nlearning-rate: 2e-3\ninit: \"lora\"\nset:\n  beta: 0.1\n  alpha: 2\ntargets: [q_proj, v_proj]\njson: true\n");

        Assert.Equal("", run.Error.Replace("a log\n", "", StringComparison.Ordinal));
        using JsonDocument document = JsonDocument.Parse(run.Out);
        JsonElement root = document.RootElement;
        Assert.Equal("somewhere", root.GetProperty("model").GetString());
        Assert.Equal(8, root.GetProperty("rank").GetInt32());
        Assert.Equal(2e-3, root.GetProperty("learning-rate").GetDouble());
        Assert.Equal("lora", root.GetProperty("init").GetString());
        Assert.Equal(["beta=0.1", "alpha=2"], root.GetProperty("set").EnumerateArray().Select(one => one.GetString()!));
        Assert.Equal("q_proj,v_proj", root.GetProperty("targets").GetString());
    }

    [Fact]
    public void CommandLineWins()
    {
        ToolRun run = RunWith("rank: 8\nset: [beta=1]\n", "--model", "x", "--rank", "4", "--set", "beta=2", "--json");

        using JsonDocument document = JsonDocument.Parse(run.Out);
        Assert.Equal(4, document.RootElement.GetProperty("rank").GetInt32());
        Assert.Equal("beta=2", Assert.Single(document.RootElement.GetProperty("set").EnumerateArray()).GetString());
    }

    [Fact]
    public void TextWithLinesSpacesAndDashesSurvives()
    {
        ToolRun run = RunWith("model: |\n  --Question: {question}\n  Answer = {answer}\n", "--json");

        using JsonDocument document = JsonDocument.Parse(run.Out);
        Assert.Equal("--Question: {question}\nAnswer = {answer}\n", document.RootElement.GetProperty("model").GetString());
    }

    [Fact]
    public void EmptyFileGivesNothing() => Assert.Equal(0, RunWith("# nothing\n", "--model", "x").ExitCode);

    [Theory]
    [InlineData("model: x\nrnak: 8\n", "line 2: 'rnak' is not an option of 'sample'. Did you mean 'rank'?")]
    [InlineData("model: x\nrank: many\n", "line 2: --rank: found 'many', expected a whole number from 1 to 64.")]
    [InlineData("model: x\nrank: 8\nrank: 9\n", "line 3: found 'rank' a second time, expected each name once.")]
    [InlineData("model: x\nrank:\n", "line 2: found no value for 'rank'")]
    [InlineData("model: x\nrank: {a: 1}\n", "line 2: 'rank' takes one value, found a mapping.")]
    [InlineData("model: x\nset: {a: {b: 1}}\n", "line 2: found a mapping, expected a single value for 'set.a'.")]
    [InlineData("model: x\nset: [[1]]\n", "line 2: found a list, expected a single value for 'set'.")]
    [InlineData("- model\n", "line 1: found a list, expected a mapping")]
    [InlineData("just words\n", "line 1: found 'just words', expected a mapping")]
    [InlineData("model: &a x\ntargets: *a\n", "line 1: found the anchor 'a', expected plain YAML")]
    [InlineData("model: *a\n", "line 1: found an alias, expected a single value")]
    [InlineData("model: !!str x\n", "expected plain YAML without anchors, aliases and tags.")]
    [InlineData("model: x\n---\nrank: 8\n", "found a second document, expected one document.")]
    [InlineData("model: 'x\nrank: 8\n", "not YAML:")]
    [InlineData("model: x\n\trank: 8\n", "not YAML:")]
    [InlineData("config: other.yaml\nmodel: x\n", "line 1: 'config' is not an option of 'sample'")]
    public void BadFileIsRefusedWithItsLine(string yaml, string message)
    {
        ToolRun run = RunWith(yaml);

        Assert.Equal(2, run.ExitCode);
        Assert.Equal("", run.Out);
        Assert.Contains("options.yaml", run.Error, StringComparison.Ordinal);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void MissingFileIsRefused()
    {
        ToolRun run = ToolRun.OfVerb(new SampleVerb(), "sample", "--config", Path.Combine(_folder.Path, "none.yaml"));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("none.yaml: no such file", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void LargeFileIsRefused()
    {
        ToolRun run = RunWith(new string('#', (1 << 20) + 1));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("expected at most 1048576", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void DeepNestingIsRefusedAtOnce()
    {
        StringBuilder yaml = new("set: ");
        yaml.Append('[', 100_000);
        ToolRun run = RunWith(yaml.ToString());

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("line 1", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void ConfigWithoutAValueIsBadUsage()
    {
        ToolRun run = ToolRun.OfVerb(new SampleVerb(), "sample", "--model", "x", "--config");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--config", run.Error, StringComparison.Ordinal);
    }

    private ToolRun RunWith(string yaml, params string[] arguments) =>
        ToolRun.OfVerb(new SampleVerb(), ["sample", "--config", _folder.Write("options.yaml", yaml), .. arguments]);
}
