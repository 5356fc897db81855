using System.Text.RegularExpressions;
using LoraUnlearn.Tests.Support;

namespace LoraUnlearn.Cli.Tests;

/// <summary>What the README shows is what there is: its commands run, its example is the one that is compiled.</summary>
public sealed class ReadmeTests : IDisposable
{
    private static readonly string Readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));

    private readonly DemoMaterial _demo = new();

    public void Dispose() => _demo.Dispose();

    [Fact]
    public void CommandsRunAsShown()
    {
        _demo.CopyModel();
        string[] commands = PageCommands.Of("README.md");

        Assert.Equal(12, commands.Length);
        PageCommands.Run(_demo.In(""), commands);
    }

    [Fact]
    public void ExampleIsTheCompiledOne()
    {
        string sample = File.ReadAllText(Path.Combine(Repository.Root, "samples", "ForgetExample", "Program.cs"));

        Assert.Equal(sample, Assert.Single(Blocks("csharp")));
        Assert.InRange(sample.Split('\n').Length, 10, 26);
    }

    [Fact]
    public void ExampleRuns()
    {
        using StringWriter output = new();
        TextWriter console = Console.Out;
        Console.SetOut(output);
        try
        {
            System.Reflection.Assembly.Load("ForgetExample").EntryPoint!.Invoke(null, [new[] { DemoMaterial.Model, _demo.Forget, _demo.Retain, _demo.In("out") }]);
        }
        finally
        {
            Console.SetOut(console);
        }

        Assert.Matches(@"^answer probability: 0\.99\d before, 0\.\d{3} after\nROUGE-L recall: [01]\.\d{3}\n$", output.ToString().ReplaceLineEndings("\n"));
        Assert.True(File.Exists(_demo.In("out/adapter_model.safetensors")));
    }

    [Fact]
    public void ScriptsExist()
    {
        MatchCollection scripts = Regex.Matches(Readme, @"bash (tools/[a-z-]+\.sh)");

        Assert.NotEmpty(scripts);
        Assert.All(scripts, script => Assert.True(File.Exists(Path.Combine(Repository.Root, script.Groups[1].Value)), script.Value));
    }

    [Fact]
    public void OptionsThatTheTextNamesExist()
    {
        HashSet<string> known = [.. Verbs.VerbList.Create().SelectMany(verb => verb.Options).Select(option => option.Name), "--help"];

        Assert.All(Regex.Matches(Readme, "`(--[a-z-]+)"), option => Assert.Contains(option.Groups[1].Value, known));
    }

    // The texts of the fenced blocks with a given tag.
    private static IEnumerable<string> Blocks(string tag) =>
        Regex.Matches(Readme, $"^```{tag}\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline).Select(match => match.Groups[1].Value);
}
