namespace LoraUnlearn.Cli.Tests;

public sealed class UsageTests
{
    [Fact]
    public void NoVerbIsBadUsage()
    {
        ToolRun run = ToolRun.OfVerb(new SampleVerb());

        Assert.Equal(2, run.ExitCode);
        Assert.Equal("", run.Out);
        Assert.Contains("No verb was given", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void UnknownVerbNamesTheNearest()
    {
        ToolRun run = ToolRun.OfVerb(new SampleVerb(), "sampel", "--model", "x");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("'sampel' is not a verb. Did you mean 'sample'?", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--rnak", "--rank")]
    [InlineData("--learning-rat", "--learning-rate")]
    [InlineData("--modle", "--model")]
    public void UnknownOptionNamesTheNearest(string given, string nearest)
    {
        ToolRun run = ToolRun.OfVerb(new SampleVerb(), "sample", "--model", "x", given, "4");

        Assert.Equal(2, run.ExitCode);
        Assert.Equal("", run.Out);
        Assert.Contains($"'{given}' is not an option of 'sample'. Did you mean '{nearest}'?", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void UnknownOptionFarFromAllSuggestsNothing()
    {
        ToolRun run = ToolRun.OfVerb(new SampleVerb(), "sample", "--model", "x", "--zzzzzzzz=4");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("'--zzzzzzzz' is not an option of 'sample'. See", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--rank", "many", "--rank: found 'many', expected a whole number from 1 to 64.")]
    [InlineData("--rank", "0", "--rank: found '0', expected a whole number from 1 to 64.")]
    [InlineData("--rank", "65", "--rank: found '65', expected a whole number from 1 to 64.")]
    [InlineData("--rank", "99999999999999999999", "--rank: found '99999999999999999999', expected a whole number")]
    [InlineData("--learning-rate", "-1", "--learning-rate: found '-1', expected a number, 0 or more.")]
    [InlineData("--learning-rate", "NaN", "--learning-rate: found 'NaN', expected a number, 0 or more.")]
    [InlineData("--learning-rate", "1,5", "--learning-rate: found '1,5', expected a number, 0 or more.")]
    [InlineData("--init", "fial", "--init: found 'fial', expected one of fila, lora, pissa. Did you mean 'fila'?")]
    [InlineData("--model", "", "--model: found '', expected a value that is not empty.")]
    public void ValueOutOfItsRangeSaysWhatWasExpected(string option, string value, string message)
    {
        string[] model = option == "--model" ? [] : ["--model", "x"];
        ToolRun run = ToolRun.OfVerb(new SampleVerb(), ["sample", .. model, option, value]);

        Assert.Equal(2, run.ExitCode);
        Assert.Equal("", run.Out);
        Assert.StartsWith($"error: {message}", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void MissingRequiredOptionIsNamed()
    {
        ToolRun run = ToolRun.OfVerb(new SampleVerb(), "sample", "--rank", "4");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("'--model' is required", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void WordTooManyIsNamed()
    {
        ToolRun run = ToolRun.OfVerb(new SampleVerb(), "sample", "--model", "x", "y");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("'y' is one word too many", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void OptionGivenTwiceIsRefused()
    {
        ToolRun run = ToolRun.OfVerb(new SampleVerb(), "sample", "--model", "x", "--rank", "4", "--rank", "8");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--rank", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void ValueThatBeginsWithAnAtSignIsNotAResponseFile()
    {
        ToolRun run = ToolRun.OfVerb(new SampleVerb(), "sample", "--model", "@x", "--json");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("\"model\": \"@x\"", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void VersionIsPrinted()
    {
        ToolRun run = ToolRun.Of("--version");

        Assert.Equal(0, run.ExitCode);
        Assert.Matches(@"^lora-unlearn \d+\.\d+\.\d+\n$", run.Out);
    }
}
