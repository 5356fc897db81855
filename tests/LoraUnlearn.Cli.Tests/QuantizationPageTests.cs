namespace LoraUnlearn.Cli.Tests;

/// <summary>The commands of docs/quantization.md, one after the other, in a folder with the demo's model, and rows.</summary>
public sealed class QuantizationPageTests : IDisposable
{
    private readonly DemoMaterial _demo = new();

    public void Dispose() => _demo.Dispose();

    [Fact]
    public void CommandsRunAsShown()
    {
        _demo.CopyModel();
        string[] commands = PageCommands.Of("docs", "quantization.md");

        Assert.Equal(9, commands.Length);
        IReadOnlyList<ToolRun> runs = PageCommands.Run(_demo.In(""), commands);

        Assert.Contains("\"base_precision\": \"nf4\"", File.ReadAllText(_demo.In("forgotten/unlearn_manifest.json")));
        Assert.Contains("\"base_quantised\": \"stored\"", File.ReadAllText(_demo.In("on-nf4/unlearn_manifest.json")));
        Assert.Contains("merged", runs[^1].Out); // what quantising again brought back is in the table
        Assert.Contains("quantising again ate", runs[^1].Error);
        Assert.True(new FileInfo(_demo.In("model-nf4/model.safetensors")).Length < new FileInfo(_demo.In("model-int8/model.safetensors")).Length);
    }
}
