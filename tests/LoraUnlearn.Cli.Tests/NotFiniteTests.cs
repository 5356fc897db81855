using LoraUnlearn.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Cli.Tests;

/// <summary>NaN and infinities in weights, statistics and adapters are found where they are read, by file and tensor; no figure is NaN with exit code 0.</summary>
public sealed class NotFiniteTests : IDisposable
{
    private const string Weight = "model.layers.1.mlp.up_proj.weight";

    private readonly DemoMaterial _demo = new();

    public void Dispose() => _demo.Dispose();

    [Theory]
    [InlineData("score", "--data", "FORGET")]
    [InlineData("evaluate", "--forget", "FORGET", "--no-generate")]
    [InlineData("generate", "--prompt", "Who")]
    [InlineData("fisher", "--forget", "FORGET", "--out", "OUT")]
    [InlineData("init", "--init", "pissa", "--out", "OUT")]
    [InlineData("probe", "--forget", "FORGET", "--init", "lora")]
    [InlineData("unlearn", "--forget", "FORGET", "--out", "OUT")]
    [InlineData("merge", "--adapter", "ADAPTER", "--out", "OUT")]
    [InlineData("diff", "--merged", "GOOD", "--out", "OUT")]
    public void OfAWeight(string verb, params string[] arguments)
    {
        string model = _demo.CopyModel(), adapter = _demo.CopyAdapter();
        Spoil(Path.Combine(model, "model.safetensors"), Weight, float.NaN);
        ToolRun run = ToolRun.Of([verb, "--model", model, .. arguments.Select(argument => argument switch
        {
            "FORGET" => _demo.Forget,
            "OUT" => _demo.In("out"),
            "ADAPTER" => adapter,
            "GOOD" => DemoMaterial.Model,
            _ => argument,
        })]);

        Refused(run, "model.safetensors", Weight);
        Assert.False(Path.Exists(_demo.In("out")));
    }

    [Theory]
    [InlineData("score", "--model", "MODEL", "--data", "FORGET")]
    [InlineData("merge", "--model", "MODEL", "--out", "OUT")]
    [InlineData("export", "--rank", "2", "--out", "OUT")]
    [InlineData("compose", "--out", "OUT")]
    [InlineData("probe", "--model", "MODEL", "--forget", "FORGET")]
    public void OfAnAdapter(string verb, params string[] arguments)
    {
        const string Factor = "base_model.model.model.layers.0.mlp.down_proj.lora_B.weight";
        string adapter = _demo.CopyAdapter();
        Spoil(Path.Combine(adapter, "adapter_model.safetensors"), Factor, float.PositiveInfinity);

        ToolRun run = ToolRun.Of([verb, "--adapter", adapter, .. arguments.Select(argument => argument switch
        {
            "MODEL" => DemoMaterial.Model,
            "FORGET" => _demo.Forget,
            "OUT" => _demo.In("out"),
            _ => argument,
        })]);

        Refused(run, "adapter_model.safetensors", Factor);
    }

    [Fact]
    public void OfFisherStatistics()
    {
        string fisher = _demo.In("fisher.safetensors");
        Assert.Equal(0, ToolRun.Of("fisher", "--model", DemoMaterial.Model, "--forget", _demo.Forget, "--out", fisher).ExitCode);
        Spoil(fisher, "relative.model.layers.0.mlp.up_proj.weight", float.NaN);

        Refused(ToolRun.Of("init", "--model", DemoMaterial.Model, "--fisher", fisher, "--out", _demo.In("out")), "fisher.safetensors", "relative.model.layers.0.mlp.up_proj.weight");
    }

    [Fact]
    public void OfATrainingState()
    {
        string output = _demo.In("out");
        using (ToolProcess process = ToolProcess.Start(_demo.Unlearn(output, 100_000)))
        {
            process.WaitFor(() => File.Exists(Path.Combine(output, "training", "state.safetensors")));
            process.Kill();
        }

        Spoil(Path.Combine(output, "training", "state.safetensors"), "first_moment", float.NaN);

        Refused(ToolRun.Of(_demo.Unlearn(output, 100_000, "--resume")), "state.safetensors", "first_moment");
    }

    // Weights that are finite, and too large for the type that is computed in.
    [Theory]
    [InlineData("score", "--data")]
    [InlineData("evaluate", "--no-generate", "--forget")]
    public void OfTheComputationFailsTheWork(string verb, params string[] options)
    {
        string model = _demo.CopyModel();
        Spoil(Path.Combine(model, "model.safetensors"), "lm_head.weight", 60000, whole: true);
        Spoil(Path.Combine(model, "model.safetensors"), "model.norm.weight", 60000, whole: true);

        ToolRun run = ToolRun.Of([verb, "--model", model, .. options, _demo.Forget, "--dtype", "float16"]);

        Assert.True(run.ExitCode == 1, run.Out + run.Error);
        Assert.Contains("overflows in float16", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", run.Out, StringComparison.Ordinal);
    }

    private static void Refused(ToolRun run, string file, string tensor)
    {
        Assert.True(run.ExitCode == 2, run.Out + run.Error);
        Assert.Contains(file, run.Error, StringComparison.Ordinal);
        Assert.Contains($"tensor '{tensor}' holds NaN or infinity", run.Error, StringComparison.Ordinal);
        Assert.Equal("", run.Out);
    }

    private static void Spoil(string path, string tensor, float value, bool whole = false)
    {
        using DisposeScope scope = NewDisposeScope();
        List<KeyValuePair<string, Tensor>> tensors = [];
        IReadOnlyDictionary<string, string> metadata;
        using (SafetensorsFile file = SafetensorsFile.Open(path))
        {
            metadata = file.Metadata;
            foreach (string name in file.Entries.Keys)
            {
                Tensor values = file.Read(name).clone();
                if (name == tensor)
                {
                    Tensor flat = values.view(-1);
                    flat.narrow(0, whole ? 0 : flat.numel() - 1, whole ? flat.numel() : 1).fill_(value);
                }

                tensors.Add(new(name, values));
            }
        }

        Assert.Contains(tensors, pair => pair.Key == tensor);
        SafetensorsWriter.Write(path, tensors, metadata);
    }
}
