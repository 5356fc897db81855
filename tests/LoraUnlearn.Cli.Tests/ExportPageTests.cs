using System.Text.RegularExpressions;
using LoraUnlearn.Tests.Support;

namespace LoraUnlearn.Cli.Tests;

/// <summary>The commands of docs/export.md run as shown.</summary>
public sealed class ExportPageTests : IDisposable
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
        Directory.Move(_demo.CopyAdapter(), _demo.In("forgotten"));
        _demo.CopyModel();
        Environment.CurrentDirectory = _demo.In("");
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "export.md"));
        string[] commands = Regex.Match(page, "```bash run\n(.*?)```", RegexOptions.Singleline).Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(5, commands.Length);
        foreach (string command in commands)
        {
            string[] words = ShellWords.Of(command);
            ToolRun run = ToolRun.Of([.. words[1..], .. words[1] == "export" ? new[] { "--no-measure" } : []]);
            Assert.True(run.ExitCode == 0, $"{command}: {run.Error}");
            Assert.True(Path.Exists(words[^1]), command);
        }
    }
}
