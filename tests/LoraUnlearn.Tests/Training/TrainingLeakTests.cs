using LoraUnlearn.Objectives;
using LoraUnlearn.Optimization;
using LoraUnlearn.Tests.Support;
using LoraUnlearn.Training;

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
