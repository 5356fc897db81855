using LoraUnlearn.Cli.Verbs;

namespace LoraUnlearn.Cli.Tests;

public sealed class HelpTests
{
    public static TheoryData<string> Verbs => [.. VerbList.Create().Select(verb => verb.Command.Name)];

    [Fact]
    public void ACommandLineCreatesTheVerbThatItNames()
    {
        IReadOnlyList<Verb> all = VerbList.Create();
        Assert.All(all, verb => Assert.Equal([verb.Command.Name], VerbList.For([verb.Command.Name, "--help"]).Select(one => one.Command.Name)));
        Assert.Equal(all.Count, VerbList.For([]).Count);
        Assert.Equal(all.Count, VerbList.For(["unlern"]).Count);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    public void OverviewListsEveryVerb(string option)
    {
        ToolRun run = ToolRun.Of(option);

        Assert.Equal(0, run.ExitCode);
        Assert.Equal("", run.Error);
        Assert.All(VerbList.Create(), verb => Assert.Contains($"\n  {verb.Command.Name} ", run.Out, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public void EachVerbShowsItsOptionsAndAnExample(string name)
    {
        Verb verb = VerbList.Create().Single(one => one.Command.Name == name);
        ToolRun run = ToolRun.Of(name, "--help");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal("", run.Error);
        Assert.All(verb.Options, option => Assert.Contains($"\n  {option.Name}", run.Out, StringComparison.Ordinal));
        Assert.Contains("Example", run.Out, StringComparison.Ordinal);
        Assert.Contains($"lora-unlearn {name}", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void HelpWorksWithoutRequiredOptionsAndShowsDefaults()
    {
        ToolRun run = ToolRun.OfVerb(new SampleVerb(), "sample", "--help");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("A rank. (default 16)", run.Out, StringComparison.Ordinal);
        Assert.Contains("A rate. (default 0.0001)", run.Out, StringComparison.Ordinal);
        Assert.Contains("A folder. (required)", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void HelpBeforeTheVerbIsTheVerbsHelp()
    {
        ToolRun run = ToolRun.OfVerb(new SampleVerb(), "--help", "sample");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("Usage: lora-unlearn sample", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void TopicIsShown()
    {
        ToolRun run = ToolRun.OfVerb(new SampleVerb(), "sample", "--help", "inits");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal("fila, lora and pissa\n", run.Out);
    }

    [Fact]
    public void UnknownTopicIsBadUsage()
    {
        ToolRun run = ToolRun.OfVerb(new SampleVerb(), "sample", "--help", "stars");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("no topic 'stars'", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void NoLineIsWiderThanTheTerminal()
    {
        foreach (Verb verb in VerbList.Create())
        {
            using StringWriter writer = new();
            new HelpText(writer, width: 100).WriteVerb(verb, topic: null);
            string untilExamples = writer.ToString().Split("\nExample")[0];
            Assert.All(untilExamples.Split('\n'), line => Assert.True(line.Length <= 100, line));
        }
    }
}
