using System.Text.Json.Nodes;
using LoraUnlearn.Evaluation;
using LoraUnlearn.GradientEffect;
using LoraUnlearn.Head;
using LoraUnlearn.Initialization;
using LoraUnlearn.Models;
using LoraUnlearn.Objectives;
using LoraUnlearn.Optimization;
using LoraUnlearn.Tests.Checkpoints;
using LoraUnlearn.Tests.Support;
using LoraUnlearn.Torch;
using LoraUnlearn.Training;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Training.Rules;

/// <summary>Whole runs on a small real model with stop rules, best adapters and breaks.</summary>
public sealed class RunRulesTests : IDisposable
{
    private const string Model = "models/stories260K";

    private readonly TemporaryFolder _folder = new();

    public RunRulesTests()
    {
        File.WriteAllLines(_folder["forget.jsonl"], Rows(1));
        File.WriteAllLines(_folder["retain.jsonl"], Rows(2));
    }

    public void Dispose() => _folder.Dispose();

    [SharedFact(Model)]
    public void AStopRuleEndsTheRun()
    {
        Recorder progress = new();
        UnlearningResult result = UnlearningRun.Execute(Request("out") with { EvaluateEvery = 2, StopWhen = "forget.probability < 0.9" }, progress);
        Assert.Equal(2, result.Steps);
        Assert.True(result.IsStoppedByRule);
        Assert.Contains("forget.accuracy", progress.Scores[2].Measures.Keys);
        Assert.True(JsonNode.Parse(File.ReadAllText(Path.Combine(_folder["out"], "unlearn_manifest.json")))!["stopped_by_rule"]!.GetValue<bool>());
    }

    [SharedFact(Model)]
    public void TheBestAdapterIsExported()
    {
        // The forget set's likelihood falls steadily, so that by this rule the first evaluation is the best.
        Recorder progress = new();
        UnlearningResult result = UnlearningRun.Execute(Request("out") with { EvaluateEvery = 2, KeepBest = "forget.probability" }, progress);
        int best = progress.Scores.MaxBy(pair => pair.Value.Forget).Key;
        Assert.Equal(6, result.Steps);
        Assert.Equal(best, result.BestStep);
        Assert.NotEqual(6, best);
        Assert.Equal(progress.Scores[best].Forget, result.After.Forget, 6);
    }

    [SharedFact(Model)]
    public void ABrokenRunResumesToTheSameAdapterAndTheSameBest()
    {
        UnlearningRequest request = Request("whole") with
        {
            Objective = "tnpo",
            Combiner = "primal-dual",
            Training = Request("").Training with { Schedule = ScheduleKind.Gen, RefineEvery = 2 },
            Settings = new Dictionary<string, string> { ["schedule.every"] = "2" },
            EvaluateEvery = 1,
            KeepBest = "retain.probability - forget.probability",
            CheckpointEvery = 2,
        };
        UnlearningResult whole = UnlearningRun.Execute(request, new Recorder());
        using CancellationTokenSource source = new();
        Assert.Throws<OperationCanceledException>(() => UnlearningRun.Execute(request with { Output = _folder["broken"] }, new Recorder { OnStep = step => Cancel(source, step) }, source.Token));
        UnlearningResult resumed = UnlearningRun.Execute(request with { Output = _folder["broken"], Resume = true }, new Recorder());
        Assert.Equal(whole.BestStep, resumed.BestStep);
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(_folder["whole"], "adapter_model.safetensors")),
            File.ReadAllBytes(Path.Combine(_folder["broken"], "adapter_model.safetensors")));
    }

    [SharedTheory(Model)]
    [InlineData("forget.probabilty < 1", null, "Did you mean 'forget.probability'?")]
    [InlineData(null, "forget.rouge_l", "compares generated text")]
    [InlineData(null, "forget.probability <", "expected a number")]
    public void RulesThatCannotBeUsedAreRefusedBeforeAnythingIsWritten(string? stop, string? keep, string expected)
    {
        InputException error = Assert.Throws<InputException>(() => UnlearningRun.Execute(Request("out") with { StopWhen = stop, KeepBest = keep }, new Recorder()));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["out"]));
    }

    [SharedFact(Model)]
    public void ALayerThatDoesNotExistIsRefusedBeforeWeightsAreRead()
    {
        // The folder's weights are cut off: only a refusal that comes first can name the layer.
        Directory.CreateDirectory(_folder["model"]);
        foreach (string file in new[] { "config.json", "tokenizer.json", "model.safetensors" })
        {
            File.Copy(Path.Combine(Repository.InShared(Model), file), Path.Combine(_folder["model"], file));
        }

        InputException error = Assert.Throws<InputException>(() => UnlearningRun.Execute(
            Request("out") with { Model = _folder["model"], Objective = "rmu", Settings = new Dictionary<string, string> { ["layer"] = "6" } }, new Recorder()));
        Assert.Contains("layer 6 does not exist; the model has 5 layers", error.Message, StringComparison.Ordinal);
    }

    // With a plan, a recorder and rules: everything that looks at the objective.
    [SharedFact(Model)]
    public void ARunTellsItsObjectiveOfTheModelOnce()
    {
        Told forget = new();
        UnlearningRun.Execute(Request("out") with { OwnObjective = forget, Plan = new EffectPlan(), Recorder = new EffectRecorder(3), EvaluateEvery = 3, KeepBest = "retain.probability" });
        Assert.Equal(1, forget.Times);
    }

    private static void Cancel(CancellationTokenSource source, int step)
    {
        if (step == 3)
        {
            source.Cancel();
        }
    }

    private static IEnumerable<string> Rows(int shift) => Enumerable.Range(0, 8).Select(row =>
        $"{{\"input_ids\": [{string.Join(", ", Enumerable.Range(0, 10 + row).Select(position => 3 + (((position * 7) + (row * 31) + (shift * 101)) % 500)))}]}}");

    private UnlearningRequest Request(string output) => new()
    {
        Model = Repository.InShared(Model),
        Forget = _folder["forget.jsonl"],
        Retain = _folder["retain.jsonl"],
        Output = _folder[output],
        Objective = "ga",
        Initialisation = InitialisationKind.Lora,
        Rank = 4,
        Training = new TrainingOptions { Steps = 6, BatchSize = 4, LearningRate = 1e-2, WarmUp = 0 },
        Compute = new ComputeSettings(CPU, ScalarType.Float32),
        Measures = new BasicRunMeasures(),
    };

    private sealed class Told : TokenObjective
    {
        public override string Name => "told";

        public int Times { get; private set; }

        public override void Bind(DecoderSpec spec, long seed) => Times++;

        public override Tensor Loss(TokenStatistics statistics, TokenStatistics? alternate) => statistics.LogProbability.mean();
    }

    private sealed class Recorder : IRunProgress
    {
        public Dictionary<int, QuickScores> Scores { get; } = [];

        public Action<int>? OnStep { get; init; }

        public void Stage(string stage)
        {
        }

        public void Note(string message)
        {
        }

        public void Fisher(LoraUnlearn.Fisher.FisherProgress progress)
        {
        }

        public void Step(StepReport report) => OnStep?.Invoke(report.Step);

        public void Evaluated(int step, QuickScores scores) => Scores[step] = scores;
    }
}
