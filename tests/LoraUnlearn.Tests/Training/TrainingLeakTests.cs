using LoraUnlearn.Head;
using LoraUnlearn.Objectives;
using LoraUnlearn.Optimization;
using LoraUnlearn.Tests.Checkpoints;
using LoraUnlearn.Tests.Support;
using LoraUnlearn.Training;
using TorchSharp;

namespace LoraUnlearn.Tests.Training;

[Collection(RunsAlone.Name)]
public class TrainingLeakTests
{
    [Theory]
    [InlineData("dpo", "kl", "pcgrad", ScheduleKind.Linear)]
    [InlineData("undial", "nll", "ngdiff", ScheduleKind.Gen)]
    [InlineData("adversarial", "nll", "primal-dual", ScheduleKind.Gen)]
    [InlineData("random-label", "none", "sum", ScheduleKind.Cosine)]
    [InlineData("rmu", "hidden", "sum", ScheduleKind.Constant)]
    [InlineData("ceu", "hidden", "sum", ScheduleKind.Constant)]
    public void StepsLeaveNoTensorsBehind(string objective, string retain, string combiner, ScheduleKind schedule)
    {
        using TinyTask task = new();
        using UnlearningTrainer trainer = task.Trainer(
            ObjectiveCatalog.Forget(objective),
            ObjectiveCatalog.Retain(retain),
            Combiners.Create(combiner),
            TinyTask.Options with { Schedule = schedule, RefineEvery = 1, WarmUp = 0 });
        LeftBehind.AssertNothing(() => trainer.TakeStep());
    }

    // Both parts of the step are placed in one batch; the first fails when its loss is evaluated, or when its labels are found.
    [Theory]
    [InlineData(LabelSource.Own)]
    [InlineData(LabelSource.ReferenceRunnerUp)]
    public void AStepThatFailsLeavesNoTensorsBehind(LabelSource labels)
    {
        using TinyTask task = new();
        using UnlearningTrainer trainer = task.Trainer(new Failing(labels), ObjectiveCatalog.Retain("nll"), new SumCombiner());
        LeftBehind.AssertNothing(() => Assert.Throws<WorkFailedException>(() => trainer.TakeStep()));
    }

    // Estimate, evaluation during the run, the best adapter restored, recompression, export.
    [FixtureTheory("models/llama-gqa")]
    [InlineData("ihl", "sum")]
    [InlineData("npo", "pcgrad")]
    public void AWholeRunLeavesNoTensorsBehind(string objective, string combiner)
    {
        using TemporaryFolder folder = new();
        string rows = folder["rows.jsonl"];
        File.WriteAllLines(rows, ["""{"input_ids": [1, 5, 9, 13, 2]}""", """{"input_ids": [1, 7, 3, 2]}"""]);
        int run = 0;
        LeftBehind.AssertNothing(() => UnlearningRun.Execute(new UnlearningRequest
        {
            Model = FixtureModels.At("models/llama-gqa"),
            Forget = rows,
            Retain = rows,
            Output = folder[$"run{run++}"],
            Objective = objective,
            Combiner = combiner,
            Rank = 2,
            ExportRank = 2,
            KeepBest = "1 - forget.probability",
            EvaluateEvery = 1,
            Compute = new LoraUnlearn.Torch.ComputeSettings(torch.CPU, torch.ScalarType.Float32),
            Measures = new LoraUnlearn.Evaluation.BasicRunMeasures(),
            Training = new TrainingOptions { Steps = 3, BatchSize = 2 },
        }));
    }

    private sealed class Failing(LabelSource labels) : TokenObjective
    {
        public override string Name => "failing";

        public override LabelSource Labels => labels;

        public override torch.Tensor Loss(TokenStatistics statistics, TokenStatistics? alternate) => throw new WorkFailedException("no");
    }

    [Fact]
    public void FiveHundredStepsLeaveTheCountWhereItWasAfterTheFirst()
    {
        using TinyTask task = new();
        using UnlearningTrainer trainer = task.Trainer(
            ObjectiveCatalog.Forget("ihl"), ObjectiveCatalog.Retain("nll"), Combiners.Create("sum"), TinyTask.Options with { Steps = 501 });
        trainer.TakeStep();
        long before = TorchSharp.torch.Tensor.TotalCount;
        for (int step = 0; step < 500; step++)
        {
            trainer.TakeStep();
        }

        Assert.Equal(before, TorchSharp.torch.Tensor.TotalCount);
    }
}
