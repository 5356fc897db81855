using System.Text.RegularExpressions;
using LoraUnlearn.Tests.Support;

namespace LoraUnlearn.Cli.Tests;

/// <summary>The commands of docs/merging.md, one after the other, in a folder with the demo's model, rows and adapter.</summary>
public sealed class MergingPageTests : IDisposable
{
    private readonly DemoMaterial _demo = new();
    private readonly string _before = Environment.CurrentDirectory;

    public void Dispose()
    {
        Environment.CurrentDirectory = _before;
        _demo.Dispose();
    }

    [Fact]
    public void CommandsRunAsShown()
    {
        _demo.CopyModel();
        Directory.Move(_demo.CopyAdapter(), _demo.In("people"));
        Environment.CurrentDirectory = _demo.In("");
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "merging.md"));
        string[] commands = [.. Regex.Matches(page, "^```bash run\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)
            .SelectMany(match => match.Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries))];

        Assert.Equal(9, commands.Length);
        foreach (string command in commands)
        {
            ToolRun run = ToolRun.Of(ShellWords.Of(command)[1..]);
            Assert.True(run.ExitCode == 0, $"{command}: {run.Error}");
        }

        Assert.All(
            Directory.GetFiles(_demo.In("model")),
            file => Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(_demo.In("restored/" + Path.GetFileName(file)))));
    }
}
