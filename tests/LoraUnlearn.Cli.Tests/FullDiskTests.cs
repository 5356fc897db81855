using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Cli.Tests;

/// <summary>A disk with too little room is refused before anything is written, by every verb that writes models or adapters.</summary>
public sealed class FullDiskTests : IDisposable
{
    private const long Free = 5000;

    private readonly DemoMaterial _demo = new();

    public void Dispose() => _demo.Dispose();

    [Theory]
    [InlineData("merge", "--model", "MODEL", "--adapter", "ADAPTER", "--out", "OUT")]
    [InlineData("merge", "--model", "MODEL", "--adapter", "ADAPTER", "--format", "gguf", "--out", "OUT")]
    [InlineData("merge", "--model", "MODEL", "--adapter", "ADAPTER", "--format", "gguf", "--out", "OUT.gguf")]
    [InlineData("export", "--adapter", "ADAPTER", "--no-measure", "--out", "OUT")]
    [InlineData("export", "--adapter", "ADAPTER", "--no-measure", "--model", "MODEL", "--format", "gguf", "--out", "OUT")]
    [InlineData("export", "--adapter", "ADAPTER", "--no-measure", "--model", "MODEL", "--format", "gguf", "--out", "OUT.gguf")]
    [InlineData("unmerge", "--model", "MODEL", "--adapter", "ADAPTER", "--out", "OUT")]
    [InlineData("unmerge", "--model", "MODEL", "--adapter", "ADAPTER", "--base", "MODEL", "--out", "OUT")]
    [InlineData("diff", "--model", "MODEL", "--merged", "CHANGED", "--rank", "1", "--out", "OUT")]
    [InlineData("compose", "--adapter", "ADAPTER", "--adapter", "ADAPTER:0.5", "--out", "OUT")]
    [InlineData("unlearn", "--model", "MODEL", "--forget", "FORGET", "--retain", "RETAIN", "--threads", "1", "--out", "OUT")]
    public void NothingIsWritten(params string[] arguments)
    {
        string adapter = _demo.CopyAdapter();
        string changed = _demo.In("changed");
        if (arguments.Contains("CHANGED"))
        {
            Assert.Equal(0, ToolRun.Of("merge", "--model", DemoMaterial.Model, "--adapter", adapter, "--out", changed).ExitCode);
        }

        string[] before = [.. _demo.Names()];
        ToolRun run = WithLittleFree([.. arguments.Select(argument => argument
            .Replace("MODEL", DemoMaterial.Model, StringComparison.Ordinal)
            .Replace("CHANGED", changed, StringComparison.Ordinal)
            .Replace("ADAPTER", adapter, StringComparison.Ordinal)
            .Replace("FORGET", _demo.Forget, StringComparison.Ordinal)
            .Replace("RETAIN", _demo.Retain, StringComparison.Ordinal)
            .Replace("OUT", _demo.In("out"), StringComparison.Ordinal))]);

        Assert.True(run.ExitCode == 2, $"exit code {run.ExitCode}: {run.Error}");
        Assert.Matches(@"out\S*: [0-9.]+ [kM]B are needed, and the disk has 5 kB free; nothing was written\.", run.Error);
        Assert.Equal(before, _demo.Names());
    }

    [Fact]
    public void RequestStaysPending()
    {
        string ledger = _demo.In("requests");
        string[] apply = ["request", "apply", "--requests", ledger, "--model", DemoMaterial.Model, "--retain", _demo.Retain, "--threads", "1", "--steps", "2", "--rank", "2", "--batch-size", "4"];
        Assert.Equal(0, ToolRun.Of("request", "add", "--requests", ledger, "--forget", _demo.Forget).ExitCode);

        ToolRun first = WithLittleFree(apply);

        Refused(first, "r0001");
        Assert.Equal(["ledger.jsonl"], Directory.GetFileSystemEntries(ledger).Select(Path.GetFileName));
        Assert.Equal(0, ToolRun.Of(apply).ExitCode);
        Assert.Equal(0, ToolRun.Of("request", "add", "--requests", ledger, "--forget", _demo.Retain, "--name", "more").ExitCode);
        string[] before = [.. Directory.GetFileSystemEntries(ledger).Order(StringComparer.Ordinal)];
        string events = File.ReadAllText(Path.Combine(ledger, "ledger.jsonl"));

        ToolRun second = WithLittleFree(apply);

        Refused(second, "requests");
        Assert.Equal(before, Directory.GetFileSystemEntries(ledger).Order(StringComparer.Ordinal));
        Assert.Equal(events, File.ReadAllText(Path.Combine(ledger, "ledger.jsonl")));
    }

    private static void Refused(ToolRun run, string place)
    {
        Assert.True(run.ExitCode == 2, $"exit code {run.ExitCode}: {run.Error}");
        Assert.Matches($@"{place}: [0-9.]+ [kM]B are needed, and the disk has 5 kB free; nothing was written\.", run.Error);
    }

    private static ToolRun WithLittleFree(string[] arguments)
    {
        FreeSpace.Instead.Value = _ => Free;
        try
        {
            return ToolRun.Of(arguments);
        }
        finally
        {
            FreeSpace.Instead.Value = null;
        }
    }
}
