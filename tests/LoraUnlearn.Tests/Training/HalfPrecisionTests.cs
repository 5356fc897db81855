using LoraUnlearn.Head;
using LoraUnlearn.Objectives;
using LoraUnlearn.Optimization;
using LoraUnlearn.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Training;

/// <summary>Training in float16, whose smallest number is 6e-8.</summary>
public class HalfPrecisionTests
{
    private static readonly TrainingOptions Options = TinyTask.Options with { Accumulate = 1, BatchSize = 0, GradientClip = 0, WarmUp = 0 };

    // A loss so small that most of its gradient by the hidden states vanishes in float16 comes through all the same.
    [Fact]
    public void SmallGradientsSurvive()
    {
        using DisposeScope scope = NewDisposeScope();
        const double weight = 1e-6;
        using TinyTask plain = new(ScalarType.Float16);
        UnlearningStep unscaled = new(plain.Adapters, new ReferenceModel(plain.Adapters), checkpoint: false);
        unscaled.Accumulate([new LossPart(new NllRetainTerm(), weight, DataSide.Forget, TinyTask.Forget)]);
        Tensor exact = Step(ScalarType.Float32, weight).Gradient;
        Assert.True(RelativeError(plain.Adapters.Gradient, exact) > 0.2, "without a scale nothing is lost, so this would test nothing");
        (Tensor gradient, _, UnlearningTrainer trainer) = Step(ScalarType.Float16, weight);
        Assert.InRange(RelativeError(gradient, exact), 0, 0.03);
        Assert.Equal(0, trainer.OverflowedGradients);
    }

    // With this weight the first scales overflow; the batch is computed again until the gradient is finite.
    [Fact]
    public void OverflowsAreCountedAndComputedAgain()
    {
        using DisposeScope scope = NewDisposeScope();
        const double weight = 1e4;
        (Tensor gradient, StepReport report, UnlearningTrainer trainer) = Step(ScalarType.Float16, weight);
        Assert.True(trainer.OverflowedGradients > 0);
        Assert.Equal(1, report.Step);
        Assert.Equal(trainer.OverflowedGradients, trainer.Numbers["loss_scale_overflows"]);
        Assert.Equal(65536 / Math.Pow(2, trainer.OverflowedGradients), trainer.Numbers["loss_scale"]);
        Assert.InRange(RelativeError(gradient, Step(ScalarType.Float32, weight).Gradient), 0, 0.03);

        using TinyTask other = new(ScalarType.Float16);
        using UnlearningTrainer resumed = other.Trainer(new NllRetainTerm(), options: Options);
        resumed.ContinueFrom(1, trainer.Numbers);
        Assert.Equal(trainer.Numbers, resumed.Numbers);
    }

    [Fact]
    public void TheScaleDoublesAfterManyStepsAndEndsAtOne()
    {
        LossScale scale = LossScale.For(ScalarType.Float16)!;
        for (int step = 0; step < 200; step++)
        {
            scale.Accept();
        }

        Assert.Equal(131072, scale.Factor);
        for (int halving = 0; halving < 17; halving++)
        {
            Assert.True(scale.Reduce());
        }

        Assert.False(scale.Reduce());
        Assert.Equal(1, scale.Factor);
        Assert.Null(LossScale.For(ScalarType.BFloat16));
    }

    [Fact]
    public void AProbeMeasuresSmallGradientsToo()
    {
        double Norm(ScalarType dtype)
        {
            using TinyTask task = new(dtype);
            return ObjectiveProbe.Evaluate(task.Adapters, TinyTask.AsDefined(new Tiny()), TinyTask.Forget, []).GradientNorm;
        }

        double expected = Norm(ScalarType.Float32);
        Assert.Equal(expected, Norm(ScalarType.Float16), 0.03 * expected);
    }

    // The first step's gradient is known from the optimiser's first moment: m = (1 − β₁)·g.
    private static (Tensor Gradient, StepReport Report, UnlearningTrainer Trainer) Step(ScalarType dtype, double weight)
    {
        using TinyTask task = new(dtype);
        using UnlearningTrainer trainer = task.Trainer(new NllRetainTerm(), options: Options with { ForgetWeight = weight });
        StepReport report = trainer.TakeStep();
        return (trainer.Optimizer.FirstMoment / (1 - trainer.Optimizer.Beta1), report, trainer);
    }

    private static double RelativeError(Tensor found, Tensor expected) => ((found - expected).norm() / expected.norm()).ToDouble();

    private sealed class Tiny : TokenObjective
    {
        public override string Name => "tiny";

        public override Tensor Loss(TokenStatistics statistics, TokenStatistics? alternate) => statistics.LogProbability.mean() * -1e-6;
    }
}
