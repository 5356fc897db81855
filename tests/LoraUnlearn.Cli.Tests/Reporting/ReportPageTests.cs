using System.Text.RegularExpressions;
using LoraUnlearn.Tests.Support;

namespace LoraUnlearn.Cli.Tests.Reporting;

/// <summary>The commands of docs/report.md run as shown.</summary>
public sealed class ReportPageTests : IDisposable
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
        File.Copy(_demo.Retain, _demo.In("unseen.jsonl"));
        Environment.CurrentDirectory = _demo.In("");
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "report.md"));
        string[] commands = Regex.Match(page, "```bash run\n(.*?)```", RegexOptions.Singleline).Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(5, commands.Length);
        foreach (string command in commands)
        {
            string[] words = ShellWords.Of(command);
            string[] quick = words[1] switch
            {
                "unlearn" => ["--steps", "2", "--batch-size", "4", "--rank", "4"],
                "evaluate" when words.Contains("membership") => ["--no-gradients", "--resamples", "100"],
                "evaluate" => ["--max-rows", "2"],
                _ => [],
            };
            ToolRun run = ToolRun.Of([.. words[1..], .. quick]);
            Assert.True(run.ExitCode == 0, $"{command}: {run.Error}");
            Assert.True(Path.Exists(words[^1]), command);
        }
    }
}
