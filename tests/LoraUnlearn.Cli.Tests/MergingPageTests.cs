namespace LoraUnlearn.Cli.Tests;

/// <summary>The commands of docs/merging.md, one after the other, in a folder with the demo's model, rows and adapter.</summary>
public sealed class MergingPageTests : IDisposable
{
    private readonly DemoMaterial _demo = new();

    public void Dispose() => _demo.Dispose();

    [Fact]
    public void CommandsRunAsShown()
    {
        _demo.CopyModel();
        Directory.Move(_demo.CopyAdapter(), _demo.In("people"));
        string[] commands = PageCommands.Of("docs", "merging.md");

        Assert.Equal(9, commands.Length);
        PageCommands.Run(_demo.In(""), commands);
        Assert.All(
            Directory.GetFiles(_demo.In("model")),
            file => Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(_demo.In("restored/" + Path.GetFileName(file)))));
    }
}
