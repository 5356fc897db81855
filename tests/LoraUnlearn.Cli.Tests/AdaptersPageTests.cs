using LoraUnlearn.Tests.Support;

namespace LoraUnlearn.Cli.Tests;

/// <summary>The commands of adapters/README.md run as shown, and the adapters do what it says of them.</summary>
public sealed class AdaptersPageTests : IDisposable
{
    private const string Alba = "Saint Harlow", Marius = "lighthouse keeper";

    private readonly DemoMaterial _demo = new();

    public void Dispose() => _demo.Dispose();

    [Fact]
    public void CommandsRunAsShown()
    {
        Copy("adapters");
        Copy("src", "LoraUnlearn.Cli", "Demo");
        string[] commands = PageCommands.Of("adapters", "README.md");

        Assert.Equal(11, commands.Length);
        IReadOnlyList<ToolRun> runs = PageCommands.Run(_demo.In(""), commands, words => words[0] == "generate" ? ["--max-new-tokens", "20", "--json"] : []);

        // Each person is known to the base and under the other's adapter, and to no adapter of their own.
        Assert.Equal([true, false, true], Knows(runs[0], Alba));
        Assert.Equal([true, true, false], Knows(runs[1], Marius));
        Assert.Equal([false, false], Knows(runs[4], Alba));
        Assert.Equal([false, true], Generated("merged", "without-marius", "What does Marius Sorrelholm do for a living?", Marius));
        Assert.Equal([false, false], Generated("merged", "without-marius", "Where was Alba Alderholm born?", Alba));
        Assert.Equal([true], Knows(Generate("src/LoraUnlearn.Cli/Demo", "What does Marius Sorrelholm do for a living?", "--adapter", _demo.In("alba-again")), Marius));
    }

    private static IEnumerable<bool> Knows(ToolRun run, string fact) => DemoMaterial.Json(run).GetProperty("rows")[0].GetProperty("outputs").EnumerateArray()
        .Select(output => output.GetProperty("text").GetString()!.Contains(fact, StringComparison.Ordinal));

    private IEnumerable<bool> Generated(string one, string other, string prompt, string fact) => [.. Knows(Generate(one, prompt), fact), .. Knows(Generate(other, prompt), fact)];

    private ToolRun Generate(string model, string prompt, params string[] more) =>
        ToolRun.Of(["generate", "--model", _demo.In(model), "--template", "plain", "--prompt", prompt, "--max-new-tokens", "20", "--json", .. more]);

    private void Copy(params string[] folder)
    {
        string from = Path.Combine([Repository.Root, .. folder]);
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = _demo.In(Path.GetRelativePath(Repository.Root, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
