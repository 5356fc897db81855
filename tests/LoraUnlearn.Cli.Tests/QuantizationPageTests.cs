using System.Text.RegularExpressions;
using LoraUnlearn.Tests.Support;

namespace LoraUnlearn.Cli.Tests;

/// <summary>The commands of docs/quantization.md, one after the other, in a folder with the demo's model, and rows.</summary>
public sealed class QuantizationPageTests : IDisposable
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
        Environment.CurrentDirectory = _demo.In("");
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "quantization.md"));
        string[] commands = [.. Regex.Matches(page, "^```bash run\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)
            .SelectMany(match => match.Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries))];

        Assert.Equal(9, commands.Length);
        List<ToolRun> runs = [];
        foreach (string command in commands)
        {
            runs.Add(ToolRun.Of(ShellWords.Of(command)[1..]));
            Assert.True(runs[^1].ExitCode == 0, $"{command}: {runs[^1].Error}");
        }

        Assert.Contains("\"base_precision\": \"nf4\"", File.ReadAllText(_demo.In("forgotten/unlearn_manifest.json")));
        Assert.Contains("\"base_quantised\": \"stored\"", File.ReadAllText(_demo.In("on-nf4/unlearn_manifest.json")));
        Assert.Contains("merged", runs[^1].Out); // what quantising again brought back is in the table
        Assert.Contains("quantising again ate", runs[^1].Error);
        Assert.True(new FileInfo(_demo.In("model-nf4/model.safetensors")).Length < new FileInfo(_demo.In("model-int8/model.safetensors")).Length);
    }
}
