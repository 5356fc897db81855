using LoraUnlearn.Objectives;
using LoraUnlearn.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Training;

/// <summary>A user's own objective is a small class: here ascent that stops at a bound.</summary>
public class OwnObjectiveTests
{
    [Fact]
    public void AnObjectiveOfOnesOwnTrains()
    {
        using TinyTask task = new();
        using UnlearningTrainer trainer = task.Trainer(new BoundedAscent { Bound = 6 }, new NllRetainTerm());
        StepReport report = trainer.TakeStep();
        Assert.InRange(report.ForgetLoss, 0, 6);
        Assert.True(report.GradientNorm > 0);
    }

    private sealed class BoundedAscent : TokenObjective
    {
        public override string Name => "bounded-ascent";

        public double Bound { get; init; } = 5;

        public override Tensor Loss(TokenStatistics statistics, TokenStatistics? alternate) =>
            (statistics.LogProbability + Bound).clamp_min(0).mean();
    }
}
