using LoraUnlearn.Adapters;
using LoraUnlearn.Data;
using LoraUnlearn.Head;
using LoraUnlearn.Objectives;
using LoraUnlearn.Optimization;
using LoraUnlearn.Tests.Checkpoints;
using LoraUnlearn.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Training;

public sealed class UnlearningTrainerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string> Pairs
    {
        get
        {
            TheoryData<string, string> pairs = [];
            foreach (string objective in ObjectiveCatalog.ForgetNames)
            {
                foreach (string retain in ObjectiveCatalog.RetainNames)
                {
                    pairs.Add(objective, retain);
                }
            }

            return pairs;
        }
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Pairs))]
    public void EveryObjectiveTrainsWithEveryRetainTermAndCombiner(string objective, string retain)
    {
        using TinyTask task = new();
        foreach (string combiner in retain == "none" ? ["sum"] : Combiners.Names)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor before = task.Adapters.Parameters.clone();
            using UnlearningTrainer trainer = task.Trainer(
                ObjectiveCatalog.Forget(objective), ObjectiveCatalog.Retain(retain), Combiners.Create(combiner), TinyTask.Options with { Steps = 3, WarmUp = 0 });
            StepReport[] reports = [.. Enumerable.Range(0, 3).Select(_ => trainer.TakeStep())];
            Assert.True(trainer.IsDone);
            Assert.All(reports, report => Assert.True(report.GradientNorm > 0));
            Assert.Equal(retain == "none", reports[0].RetainLoss is null);
            Assert.True((task.Adapters.Parameters - before).abs().max().ToDouble() > 1e-4);
        }
    }

    // A few dozen small steps lower the loss that is minimised.
    [Theory]
    [InlineData("ihl")]
    [InlineData("npo")]
    [InlineData("dpo")]
    [InlineData("po")]
    [InlineData("rmu")]
    [InlineData("undial")]
    [InlineData("adversarial")]
    [InlineData("flat-kl")]
    public void TrainingLowersTheLoss(string objective)
    {
        using TinyTask task = new();
        TrainingOptions options = new() { Steps = 40, BatchSize = 0, LearningRate = 1e-2, Schedule = ScheduleKind.Constant, WarmUp = 0 };
        using UnlearningTrainer trainer = task.Trainer(ObjectiveCatalog.Forget(objective), options: options);
        double first = trainer.TakeStep().ForgetLoss;
        double last = Enumerable.Range(0, 39).Select(_ => trainer.TakeStep().ForgetLoss).Last();
        Assert.True(last < first - (0.02 * Math.Abs(first)), $"from {first} to {last}");
    }

    [Theory]
    [InlineData("tnpo", "nll", "primal-dual", ScheduleKind.Gen)]
    [InlineData("random-label", "kl", "ngdiff", ScheduleKind.Gen)]
    [InlineData("adversarial", "nll", "pcgrad", ScheduleKind.Cosine)]
    [InlineData("rmu", "hidden", "sum", ScheduleKind.Linear)]
    public void AResumedRunEndsWithTheSameBytes(string objective, string retain, string combiner, ScheduleKind schedule)
    {
        TrainingOptions options = TinyTask.Options with { Schedule = schedule, RefineEvery = 2, WarmUp = 0 };
        UnlearningTrainer Make(TinyTask task) => task.Trainer(
            ObjectiveCatalog.Forget(objective), ObjectiveCatalog.Retain(retain), Combiners.Create(combiner), options);
        using TinyTask whole = new();
        using UnlearningTrainer uninterrupted = Make(whole);
        double[] rates = [.. Enumerable.Range(0, 6).Select(_ => uninterrupted.TakeStep().LearningRate)];

        using TinyTask first = new();
        using UnlearningTrainer before = Make(first);
        double[] resumedRates = new double[6];
        for (int step = 0; step < 3; step++)
        {
            resumedRates[step] = before.TakeStep().LearningRate;
        }

        TrainingState.Save(_folder["state.safetensors"], first.Adapters, before, "digest");
        using TinyTask second = new();
        using UnlearningTrainer after = Make(second);
        TrainingState.Load(_folder["state.safetensors"], second.Adapters, after, "digest");
        for (int step = 3; step < 6; step++)
        {
            resumedRates[step] = after.TakeStep().LearningRate;
        }

        Assert.Equal(rates, resumedRates);
        Assert.Equal(uninterrupted.Numbers, after.Numbers);
        Assert.Equal(whole.Adapters.Parameters.data<float>().ToArray(), second.Adapters.Parameters.data<float>().ToArray());
        if (schedule == ScheduleKind.Gen)
        {
            Assert.True(rates.Distinct().Count() > 1, "GeN never changed the rate, so nothing of it was resumed");
        }
    }

    // λ ← max(0, λ + η_λ (L_r − ε)) with the losses of the report; the next step's gradient uses it.
    [Fact]
    public void TheDualVariableFollowsTheRetainLoss()
    {
        using TinyTask task = new();
        PrimalDualCombiner combiner = new(epsilon: 0.5, rate: 0.2);
        using UnlearningTrainer trainer = task.Trainer(new InvertedHingeObjective(), new NllRetainTerm(), combiner, TinyTask.Options with { RetainWeight = 2 });
        double expected = 2;
        for (int step = 0; step < 4; step++)
        {
            Assert.Equal(expected, combiner.RetainWeight(2), 6);
            expected = Math.Max(0, expected + (0.2 * (trainer.TakeStep().RetainLoss!.Value - 0.5)));
        }

        Assert.True(expected > 2);
    }

    // The update is the optimiser's, but the gradient it is given is known from its first moment: m = (1 − β₁)·g after one step.
    [Theory]
    [InlineData("ngdiff", 0)]
    [InlineData("ngdiff", 1e-3)]
    [InlineData("pcgrad", 1e-3)]
    [InlineData("sum", 1e-3)]
    public void ClippingIsOfTheLossesGradientsAndNeverOfWhatIsMadeOfThem(string combiner, double clip)
    {
        using DisposeScope scope = NewDisposeScope();
        using TinyTask task = new();
        TrainingOptions options = TinyTask.Options with { Accumulate = 1, BatchSize = 0, RetainWeight = combiner == "ngdiff" ? TinyTask.Options.RetainWeight : 1, GradientClip = clip };
        ProbeResult probe = ObjectiveProbe.Evaluate(task.Adapters, TinyTask.AsDefined(new InvertedHingeObjective(), new NllRetainTerm()), TinyTask.Forget, TinyTask.Retain);
        using UnlearningTrainer trainer = task.Trainer(new InvertedHingeObjective(), new NllRetainTerm(), Combiners.Create(combiner), options);
        StepReport report = trainer.TakeStep();
        double norm = (trainer.Optimizer.FirstMoment / (1 - trainer.Optimizer.Beta1)).norm().ToDouble();
        double cosine = probe.GradientCosine!.Value;
        double expected = combiner switch
        {
            "ngdiff" => Math.Sqrt(2 + (2 * cosine)),
            "pcgrad" => clip * Math.Sqrt(cosine < 0 ? 2 - (cosine * cosine) : 2 + (2 * cosine)), // f − c·r ⟂ r, norms (1 − c²)½ and 1
            _ => clip,
        };
        Assert.Equal(expected, norm, 1e-3 * expected);
        Assert.Equal(combiner == "sum" ? probe.GradientNorm : norm, report.GradientNorm, 1e-3 * report.GradientNorm);
    }

    // A probe needs no derivative of the head, and the loss at θ is the step's own.
    [Fact]
    public void GeNLooksAtTwoMoreLossesWithoutGradients()
    {
        using TinyTask task = new();
        Watching retain = new();
        using UnlearningTrainer trainer = task.Trainer(
            new InvertedHingeObjective(), retain, new SumCombiner(), TinyTask.Options with { Accumulate = 1, Schedule = ScheduleKind.Gen, RefineEvery = 1, WarmUp = 0 });
        trainer.TakeStep();
        Assert.Equal([true, false, false], retain.Differentiated);
    }

    // Three micro-batches: at θ and, where GeN looks ahead, at θ ± ηd. Between the three the parameters change, so that they must be let go.
    [Theory]
    [InlineData(CheckpointingMode.On)]
    [InlineData(CheckpointingMode.Off)]
    public void FactorsAreHeldWhileTheMicroBatchesOfAStepGoThrough(CheckpointingMode checkpointing)
    {
        using TinyTask task = new();
        Watching retain = new() { Adapters = task.Adapters };
        using UnlearningTrainer trainer = task.Trainer(
            new InvertedHingeObjective(), retain, new SumCombiner(), TinyTask.Options with { Accumulate = 3, Schedule = ScheduleKind.Gen, RefineEvery = 1, WarmUp = 0, Checkpointing = checkpointing });
        trainer.TakeStep();
        Assert.Equal([true, true, true, false, false, false, false, false, false], retain.Differentiated);
        Assert.All(retain.Held, Assert.True);
        Assert.False(task.Adapters.IsHeld);
        Assert.Equal(3, retain.Parameters.Distinct().Count());
    }

    // The held factors are those of the step: the same losses, gradients and next parameters as with recomputation off, where none are held.
    [Theory]
    [InlineData("sum")]
    [InlineData("ngdiff")]
    public void RecomputationWithHeldFactorsTakesTheSameSteps(string combiner)
    {
        (float[] Parameters, double[] Losses) Steps(CheckpointingMode checkpointing)
        {
            using TinyTask task = new();
            TrainingOptions options = TinyTask.Options with { Accumulate = 3, Checkpointing = checkpointing };
            using UnlearningTrainer trainer = task.Trainer(new InvertedHingeObjective(), new NllRetainTerm(), Combiners.Create(combiner), options);
            double[] losses = [.. Enumerable.Range(0, 3).Select(_ => trainer.TakeStep()).SelectMany(report => new[] { report.ForgetLoss, report.RetainLoss!.Value })];
            return (task.Adapters.Parameters.data<float>().ToArray(), losses);
        }

        (float[] parameters, double[] losses) = Steps(CheckpointingMode.Off);
        (float[] recomputed, double[] recomputedLosses) = Steps(CheckpointingMode.On);
        Assert.Equal(losses, recomputedLosses);
        Assert.Equal(parameters, recomputed);
    }

    [Fact]
    public void AStoppedRunStaysStopped()
    {
        using TinyTask task = new();
        using UnlearningTrainer trainer = task.Trainer(new InvertedHingeObjective());
        trainer.TakeStep();
        trainer.Stop();
        TrainingState.Save(_folder["state.safetensors"], task.Adapters, trainer, "digest");
        using UnlearningTrainer resumed = task.Trainer(new InvertedHingeObjective());
        TrainingState.Load(_folder["state.safetensors"], task.Adapters, resumed, "digest");
        Assert.True(resumed.IsDone);
        Assert.Equal(1, resumed.StepsTaken);
    }

    private sealed class Watching : TokenObjective
    {
        public override string Name => "watching";

        public AdapterSet? Adapters { get; init; }

        public List<bool> Differentiated { get; } = [];

        public List<bool> Held { get; } = [];

        public List<double> Parameters { get; } = [];

        public override Tensor Loss(TokenStatistics statistics, TokenStatistics? alternate)
        {
            Differentiated.Add(statistics.LogProbability.requires_grad && is_grad_enabled());
            if (Adapters is not null)
            {
                Held.Add(Adapters.IsHeld);
                Parameters.Add(Adapters.Parameters.detach().sum().ToDouble());
            }

            return statistics.LogProbability.mean().neg();
        }
    }
}
