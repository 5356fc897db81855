namespace LoraUnlearn.Cli.Tests.Reporting;

/// <summary>The commands of docs/report.md run as shown.</summary>
public sealed class ReportPageTests : IDisposable
{
    private readonly DemoMaterial _demo = new();

    public void Dispose() => _demo.Dispose();

    [Fact]
    public void CommandsRunAsShown()
    {
        _demo.CopyModel();
        File.Copy(_demo.Retain, _demo.In("unseen.jsonl"));
        string[] commands = PageCommands.Of("docs", "report.md");

        Assert.Equal(5, commands.Length);
        PageCommands.Run(_demo.In(""), commands, Quick);
        Assert.All(commands, command => Assert.True(Path.Exists(_demo.In(ShellWords.Of(command)[^1])), command));
    }

    private static string[] Quick(string[] words) => words[0] switch
    {
        "unlearn" => ["--steps", "2", "--batch-size", "4", "--rank", "4"],
        "evaluate" when words.Contains("membership") => ["--no-gradients", "--resamples", "100"],
        "evaluate" => ["--max-rows", "2"],
        _ => [],
    };
}
