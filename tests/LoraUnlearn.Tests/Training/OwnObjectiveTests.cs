using LoraUnlearn.Head;
using LoraUnlearn.Objectives;
using LoraUnlearn.Tests.Support;
using LoraUnlearn.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Training;

/// <summary>A user's own objective is a small class; this one is the README's.</summary>
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

    [Fact]
    public void TheReadmeShowsThisClass()
    {
        string shown = File.ReadAllText(Path.Combine(Repository.Root, "README.md")).Split("```cs\n")[1].Split("```")[0];
        string source = File.ReadAllText(Path.Combine(Repository.Root, "tests", "LoraUnlearn.Tests", "Training", "OwnObjectiveTests.cs"));
        string shifted = string.Join('\n', shown.TrimEnd().Split('\n').Select(line => line.Length == 0 ? line : "    " + line));
        Assert.Contains(shifted, source, StringComparison.Ordinal);
    }

    public sealed class BoundedAscent : TokenObjective
    {
        public override string Name => "bounded-ascent";

        public double Bound { get; init; } = 5;

        public override Tensor Loss(TokenStatistics statistics, TokenStatistics? alternate) =>
            (statistics.LogProbability + Bound).clamp_min(0).mean(); // ascent until a token's NLL reaches the bound
    }
}
