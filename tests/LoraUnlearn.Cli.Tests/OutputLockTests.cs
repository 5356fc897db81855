using LoraUnlearn.Outputs;

namespace LoraUnlearn.Cli.Tests;

/// <summary>One process at a time writes an output; the next one is told who does. The lock goes with its process, however that ends.</summary>
public sealed class OutputLockTests : IDisposable
{
    private readonly DemoMaterial _demo = new();

    public void Dispose() => _demo.Dispose();

    [Fact]
    public void SecondProcessIsToldWhoWritesAndADeadOneHoldsNothing()
    {
        string output = _demo.In("out");
        using ToolProcess first = ToolProcess.Start(_demo.Unlearn(output, 100_000));
        first.WaitFor(() => File.Exists(Path.Combine(output, "training", "state.safetensors")));

        ToolRun resumed = ToolRun.Of(_demo.Unlearn(output, 100_000, "--resume"));
        ToolRun merge = ToolRun.Of("init", "--model", DemoMaterial.Model, "--init", "lora", "--out", output);

        Assert.Equal((2, 2), (resumed.ExitCode, merge.ExitCode));
        Assert.Contains($"is being written by another run: process {first.Id} on ", resumed.Error, StringComparison.Ordinal);
        Assert.Contains($"process {first.Id} on ", merge.Error, StringComparison.Ordinal);

        first.Kill();
        ToolRun after = ToolRun.Of(_demo.Unlearn(output, 3, "--resume"));
        Assert.Contains("holds a run with other settings", after.Error, StringComparison.Ordinal); // it is looked at again
        Assert.DoesNotContain(".out.lock", _demo.Names());
    }

    [Fact]
    public void OneProcessDoesNotWriteTwiceEither()
    {
        string output = _demo.In("file");
        using (OutputClaim claim = OutputClaim.Take("--out", output, []))
        {
            InputException? refusal = null;
            Thread other = new(() => refusal = Assert.Throws<InputException>(() => OutputClaim.Take("--out", output, [])));
            other.UnsafeStart(); // a flow of its own
            other.Join();

            Assert.Contains("this process", refusal!.Message, StringComparison.Ordinal);
        }

        using OutputClaim again = OutputClaim.Take("--out", output, []);
        Assert.Contains(".file.lock", _demo.Names());
    }

    [Fact]
    public void FoldersMadeForTheLockGoAwayWithIt()
    {
        using (OutputClaim.Take("--out", _demo.In("new/deeper/out"), []))
        {
            Assert.True(Directory.Exists(_demo.In("new/deeper")));
        }

        Assert.False(Directory.Exists(_demo.In("new")));
    }
}
