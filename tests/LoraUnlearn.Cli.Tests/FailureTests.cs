using System.Runtime.InteropServices;

namespace LoraUnlearn.Cli.Tests;

public sealed class FailureTests
{
    [Fact]
    public void BadInputIsTwo() => Check(new InputException("rows.jsonl line 3: not JSON."), 2, "error: rows.jsonl line 3: not JSON.\n");

    [Fact]
    public void FailedWorkIsOne() => Check(new WorkFailedException("The loss is not finite at step 7."), 1, "error: The loss is not finite at step 7.\n");

    [Fact]
    public void UnwritableOutputIsTwo()
    {
        ToolRun run = RunThrowing(new UnauthorizedAccessException("Access to the path '/out' is denied."));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("Access to the path '/out' is denied.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void ExhaustedMemoryIsOneAndSaysWhatToReduce()
    {
        InvalidOperationException torch = new("matmul: [DefaultCPUAllocator] can't allocate memory: you tried to allocate 64 bytes.");
        ToolRun run = RunThrowing(new InvalidOperationException("step 3", torch));

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("Memory ran out. Lower --batch-size", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void UnexpectedExceptionIsOneWithoutStackTrace()
    {
        ToolRun run = RunThrowing(new InvalidOperationException("surprise"));

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("InvalidOperationException: surprise", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void NativeErrorLosesItsFrames()
    {
        // What TorchSharp throws.
#pragma warning disable CA2201
        ExternalException torch = new("The size of tensor a (3) must match the size of tensor b (4)\nException raised from infer at ExpandUtils.cpp:35\nframe #0: c10::Error::Error");
#pragma warning restore CA2201
        ToolRun run = RunThrowing(torch);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("inside the tensor library", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("frame #", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception raised from", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Unable to load shared library 'LibTorchSharp' or one of its dependencies.\n/opt/x/libLibTorchSharp.so: /lib/libc.so.6: version `GLIBC_2.34' not found\n/opt/x/LibTorchSharp: cannot open shared object file", "version `GLIBC_2.34' not found")]
    [InlineData("Unable to load shared library 'LibTorchSharp' or one of its dependencies.\nlibtorch_cpu.so: cannot open shared object file: No such file or directory\nmore", "libtorch_cpu.so: cannot open shared object file")]
    public void MissingLibraryIsOneLineThatSaysWhyAndWhatToDo(string message, string reason)
    {
        foreach (Exception exception in new Exception[] { new DllNotFoundException(message), new TypeInitializationException("TorchSharp.torch", new DllNotFoundException(message)) })
        {
            ToolRun run = RunThrowing(exception);

            Assert.Equal(1, run.ExitCode);
            Assert.StartsWith("error: libtorch could not be loaded: ", run.Error, StringComparison.Ordinal);
            Assert.Contains(reason, run.Error, StringComparison.Ordinal);
            Assert.Contains("TorchBackend", run.Error, StringComparison.Ordinal);
            Assert.Single(run.Error.TrimEnd('\n').Split('\n'));
        }
    }

    [Fact]
    public void StackTraceComesWithVerbose()
    {
        SampleVerb verb = new(_ => throw new InvalidOperationException("surprise"));
        ToolRun run = ToolRun.OfVerb(verb, "sample", "--model", "x", "--verbose");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("   at LoraUnlearn.Cli", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void InterruptionIs130AndPassesTheMessageOn()
    {
        using CancellationTokenSource source = new();
        SampleVerb verb = new(invocation =>
        {
            source.Cancel();
            throw new OperationCanceledException("a checkpoint of step 12 is in out; go on with --resume.");
        });
        ToolRun run = ToolRun.Run([verb], "", source.Token, "sample", "--model", "x");

        Assert.Equal(130, run.ExitCode);
        Assert.Equal("interrupted: a checkpoint of step 12 is in out; go on with --resume.\n", run.Error);
    }

    [Fact]
    public void InterruptionWithoutAMessageSaysSo()
    {
        using CancellationTokenSource source = new();
        SampleVerb verb = new(invocation =>
        {
            source.Cancel();
            invocation.Cancellation.ThrowIfCancellationRequested();
        });
        ToolRun run = ToolRun.Run([verb], "", source.Token, "sample", "--model", "x");

        Assert.Equal(130, run.ExitCode);
        Assert.Equal("interrupted\n", run.Error);
    }

    [Fact]
    public void ClosedPipeIsNoFailure() => Check(new IOException("Broken pipe"), 0, "");

    private static void Check(Exception exception, int code, string error)
    {
        ToolRun run = RunThrowing(exception);

        Assert.Equal(code, run.ExitCode);
        Assert.Equal(error, run.Error);
        Assert.Equal("", run.Out);
    }

    private static ToolRun RunThrowing(Exception exception) =>
        ToolRun.OfVerb(new SampleVerb(_ => throw exception), "sample", "--model", "x");
}
