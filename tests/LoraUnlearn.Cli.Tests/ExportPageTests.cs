namespace LoraUnlearn.Cli.Tests;

/// <summary>The commands of docs/export.md run as shown.</summary>
public sealed class ExportPageTests : IDisposable
{
    private readonly DemoMaterial _demo = new();

    public void Dispose() => _demo.Dispose();

    [Fact]
    public void CommandsRunAsShown()
    {
        Directory.Move(_demo.CopyAdapter(), _demo.In("forgotten"));
        _demo.CopyModel();
        string[] commands = PageCommands.Of("docs", "export.md");

        Assert.Equal(5, commands.Length);
        PageCommands.Run(_demo.In(""), commands, words => words[0] == "export" ? ["--no-measure"] : []);
        Assert.All(commands, command => Assert.True(Path.Exists(_demo.In(ShellWords.Of(command)[^1])), command));
    }
}
