using System.Text.Json;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Finetuning;
using LoraUnlearn.Tests.Adapters;
using LoraUnlearn.Tests.Checkpoints;
using LoraUnlearn.Tests.Support;
using LoraUnlearn.Training;
using TorchSharp;

namespace LoraUnlearn.Tests.Finetuning;

/// <summary>Whole runs: the folder that is written, resumption, what is refused.</summary>
[Collection(RunsAlone.Name)]
public sealed class FullFinetuningTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public FullFinetuningTests() =>
        File.WriteAllLines(_folder["rows.jsonl"], ["""{"input_ids": [1, 5, 9, 13, 2]}""", """{"input_ids": [1, 7, 3, 2]}""", """{"input_ids": [4, 8, 15, 6, 2]}"""]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TheModelLearnsAndItsFolderIsWhole()
    {
        FullFinetuningResult result = FullFinetuning.Execute(Request("out", 20));
        Assert.True(result.After > result.Before + 0.05, $"from {result.Before} to {result.After}");
        using ModelFolder before = ModelFolder.Open(FixtureModel.FolderOf("llama-gqa"));
        using ModelFolder after = ModelFolder.Open(_folder["out"]);
        Assert.Equal(before.Weights.Entries.Keys.Order(), after.Weights.Entries.Keys.Order());
        Assert.All(before.Weights.Entries, entry => Assert.Equal((entry.Value.DType, string.Join(',', entry.Value.Shape)), (after.Weights.Entries[entry.Key].DType, string.Join(',', after.Weights.Entries[entry.Key].Shape))));
        Assert.Equal(File.ReadAllText(Path.Combine(before.Path, "config.json")), File.ReadAllText(Path.Combine(after.Path, "config.json")));
        Assert.False(Directory.Exists(_folder["out.unfinished"]));
        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(after.Path, FullFinetuning.ManifestFile)));
        Assert.Equal(20, manifest.RootElement.GetProperty("steps").GetInt32());
        Assert.DoesNotContain("13, 2", manifest.RootElement.GetRawText(), StringComparison.Ordinal);

        // Trained on from there, the record is not taken along from one model to the next.
        FullFinetuning.Execute(Request("further", 1) with { Model = _folder["out"] });
        using JsonDocument further = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder["further"], FullFinetuning.ManifestFile)));
        Assert.Equal(result.After, further.RootElement.GetProperty("before").GetDouble(), 1e-6);
    }

    [Fact]
    public void AResumedRunEndsWithTheSameBytes()
    {
        FullFinetuning.Execute(Request("whole", 6));
        using CancellationTokenSource stop = new();
        Assert.Throws<OperationCanceledException>(() => FullFinetuning.Execute(Request("broken", 6), new StopAfter(3, stop), stop.Token));
        Assert.False(Directory.Exists(_folder["broken"]));
        InputException unfinished = Assert.Throws<InputException>(() => FullFinetuning.Execute(Request("broken", 6)));
        Assert.Contains("--resume", unfinished.Message, StringComparison.Ordinal);
        FullFinetuningResult result = FullFinetuning.Execute(Request("broken", 6) with { Resume = true });
        Assert.Equal(File.ReadAllBytes(Path.Combine(_folder["whole"], "model.safetensors")), File.ReadAllBytes(Path.Combine(_folder["broken"], "model.safetensors")));

        // Asked for once more it says the same; with other settings it does not.
        Assert.Equal(result.After, FullFinetuning.Execute(Request("broken", 6) with { Resume = true }).After);
        Assert.Throws<InputException>(() => FullFinetuning.Execute(Request("broken", 7) with { Resume = true }));
    }

    [Fact]
    public void AnOutputThatIsThereIsRefused()
    {
        Directory.CreateDirectory(_folder["out"]);
        File.WriteAllText(Path.Combine(_folder["out"], "mine.txt"), "");
        Assert.Throws<InputException>(() => FullFinetuning.Execute(Request("out", 1)));
        Assert.Throws<InputException>(() => FullFinetuning.Execute(Request("out", 1) with { Output = FixtureModel.FolderOf("llama-gqa") }));
    }

    [Fact]
    public void ARunLeavesNoTensorsBehind()
    {
        int run = 0;
        LeftBehind.AssertNothing(() => FullFinetuning.Execute(Request($"run{run++}", 3)));
    }

    private FullFinetuningRequest Request(string output, int steps) => new()
    {
        Model = FixtureModel.FolderOf("llama-gqa"),
        Data = _folder["rows.jsonl"],
        Output = _folder[output],
        Device = torch.CPU,
        CheckpointEvery = 2,
        Training = new TrainingOptions { Steps = steps, BatchSize = 2, LearningRate = 1e-2 },
    };

    private sealed class StopAfter(int steps, CancellationTokenSource stop) : IRunProgress
    {
        public void Stage(string stage)
        {
        }

        public void Note(string message)
        {
        }

        public void Fisher(LoraUnlearn.Fisher.FisherProgress progress)
        {
        }

        public void Step(StepReport report)
        {
            if (report.Step == steps)
            {
                stop.Cancel();
            }
        }

        public void Evaluated(int step, QuickScores scores)
        {
        }
    }
}
