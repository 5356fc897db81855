using LoraUnlearn.Tests.Support;

namespace LoraUnlearn.Cli.Tests;

/// <summary>merge --format gguf; that llama.cpp computes the same with what it writes, LoraUnlearn.LlamaCpp.Tests shows.</summary>
public sealed class GgufMergeTests : IDisposable
{
    private static readonly string Adapter = Path.Combine(Repository.Root, "adapters", "demo-people");

    private readonly DemoMaterial _demo = new();

    public void Dispose() => _demo.Dispose();

    [Fact]
    public void FolderHasAModelfileAndAFileHasNone()
    {
        ToolRun folder = ToolRun.Of("merge", "--model", DemoMaterial.Model, "--adapter", Adapter, "--format", "gguf", "--out", _demo.In("merged"), "--json");
        ToolRun file = ToolRun.Of("merge", "--model", DemoMaterial.Model, "--adapter", Adapter, "--format", "gguf", "--dtype", "float32", "--out", _demo.In("merged.gguf"));

        Assert.Equal(("gguf", "float16"), (DemoMaterial.Json(folder).GetProperty("format").GetString(), DemoMaterial.Json(folder).GetProperty("dtype").GetString()));
        Assert.Equal(["Modelfile", "model.gguf"], Directory.EnumerateFiles(_demo.In("merged")).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));
        Assert.Equal("FROM ./model.gguf\n", File.ReadAllText(Path.Combine(_demo.In("merged"), "Modelfile")));
        Assert.True(file.ExitCode == 0, file.Error);
        Assert.InRange((double)new FileInfo(_demo.In("merged.gguf")).Length / new FileInfo(Path.Combine(_demo.In("merged"), "model.gguf")).Length, 1.7, 2);
    }

    [Fact]
    public void MergingTwiceGivesTheSameBytes()
    {
        foreach (string name in new[] { "first.gguf", "second.gguf" })
        {
            Assert.Equal(0, ToolRun.Of("merge", "--model", DemoMaterial.Model, "--adapter", Adapter, "--format", "gguf", "--out", _demo.In(name)).ExitCode);
        }

        Assert.Equal(File.ReadAllBytes(_demo.In("first.gguf")), File.ReadAllBytes(_demo.In("second.gguf")));
    }

    [Fact]
    public void VerifyingAGgufIsRefused()
    {
        ToolRun run = ToolRun.Of("merge", "--model", DemoMaterial.Model, "--adapter", Adapter, "--format", "gguf", "--verify", "--out", _demo.In("merged.gguf"));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--verify goes with a model folder, which --format gguf does not write", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_demo.In("merged.gguf")));
    }
}
