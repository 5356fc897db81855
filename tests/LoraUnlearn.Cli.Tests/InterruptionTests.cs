using System.Diagnostics;

namespace LoraUnlearn.Cli.Tests;

/// <summary>Signals end the tool whatever it is doing; pipes and devices do not hold it up.</summary>
public sealed class InterruptionTests : IDisposable
{
    private readonly DemoMaterial _demo = new();

    public void Dispose() => _demo.Dispose();

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public void WaitingForInputEnds(string signal)
    {
        using ToolProcess process = ToolProcess.Start("tokenize", "--model", DemoMaterial.Model, "--verbose");
        process.WaitFor(() => process.Error.Contains("reading standard input", StringComparison.Ordinal));
        process.Signal(signal);

        Assert.Equal(130, process.WaitForEnd());
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public void LongComputationEnds(string signal)
    {
        string line = _demo.Write("long.txt", string.Concat(Enumerable.Range(0, 2_500_000).Select(number => $"word{number} ")));
        using ToolProcess process = ToolProcess.Start("tokenize", "--model", DemoMaterial.Model, "--data", line, "--verbose");
        process.WaitFor(() => process.Error.Contains("reading ", StringComparison.Ordinal));
        process.Signal(signal);

        Assert.Equal(130, process.WaitForEnd());
        Assert.Contains("interrupted", process.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("score", "--model", "MODEL", "--data", "PIPE")]
    [InlineData("tokenize", "--model", "MODEL", "--data", "PIPE")]
    [InlineData("tokenize", "--model", "PIPE")]
    [InlineData("info", "PIPE")]
    [InlineData("bench", "--config", "PIPE")]
    [InlineData("score", "--model", "MODEL", "--data", "FORGET", "--refusals", "PIPE")]
    [InlineData("generate", "--model", "MODEL", "--data", "PIPE")]
    [InlineData("fisher", "--model", "MODEL", "--forget", "PIPE", "--out", "OUT")]
    [InlineData("init", "--model", "MODEL", "--fisher", "PIPE", "--out", "OUT")]
    [InlineData("unlearn", "--model", "MODEL", "--forget", "FORGET", "--retain", "PIPE", "--out", "OUT")]
    public void PipesAreRefused(params string[] arguments)
    {
        string pipe = _demo.In("pipe");
        using (Process make = Process.Start("mkfifo", [pipe]))
        {
            make.WaitForExit();
        }

        ToolRun run = ToolRun.Of([.. arguments.Select(argument => argument switch
        {
            "MODEL" => DemoMaterial.Model,
            "FORGET" => _demo.Forget,
            "PIPE" => pipe,
            "OUT" => _demo.In("out"),
            _ => argument,
        })]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("found a pipe, expected a regular file", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("model.safetensors")]
    [InlineData("tokenizer.json")]
    [InlineData("generation_config.json")]
    public void PipesInAModelFolderAreRefused(string name)
    {
        string model = _demo.CopyModel(), pipe = Path.Combine(model, name);
        File.Delete(pipe);
        using (Process make = Process.Start("mkfifo", [pipe]))
        {
            make.WaitForExit();
        }

        ToolRun run = ToolRun.Of("score", "--model", model, "--data", _demo.Forget);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("found a pipe", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void DevicesAreRefused()
    {
        ToolRun run = ToolRun.Of("score", "--model", DemoMaterial.Model, "--data", "/dev/zero");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("found a device", run.Error, StringComparison.Ordinal);
    }
}
