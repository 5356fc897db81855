using System.Text.RegularExpressions;
using LoraUnlearn.Auditing;
using LoraUnlearn.Tests.Support;

namespace LoraUnlearn.Cli.Tests;

/// <summary>The commands of docs/audit.md, one after the other, in a folder with the demo's model, rows and adapter.</summary>
public sealed class AuditPageTests : IDisposable
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "audit.md"));

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
        Directory.Move(_demo.CopyModel(), _demo.In("pretrained"));
        _demo.CopyModel();
        Directory.Move(_demo.CopyAdapter(), _demo.In("forgotten"));
        Environment.CurrentDirectory = _demo.In("");
        string[] commands = [.. Regex.Matches(Page, "^```bash run\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)
            .SelectMany(match => match.Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries))];
        Assert.Equal(3, commands.Length);
        foreach (string command in commands)
        {
            ToolRun run = ToolRun.Of(ShellWords.Of(command)[1..]);
            Assert.True(run.ExitCode == 0, $"{command}: {run.Error}");
        }
    }

    [Fact]
    public void EveryAttackIsThere() => Assert.All(Audit.Attacks, attack => Assert.Contains($"\n| `{attack.Name}` |", Page, StringComparison.Ordinal));
}
