using System.CommandLine;
using LoraUnlearn.Cli.Verbs;
using LoraUnlearn.Optimization;
using LoraUnlearn.Training;

namespace LoraUnlearn.Cli.Options;

/// <summary>The training loop.</summary>
internal sealed class TrainingSettings
{
    /// <summary>Passes over the forget set.</summary>
    public Option<double> Epochs { get; } = OptionKinds.Number("--epochs", "Passes over the forget set.", Defaults.Training.Epochs, 1e-6);

    /// <summary>Optimiser steps.</summary>
    public Option<int?> Steps { get; } = OptionKinds.OptionalWhole("--steps", "Optimiser steps, in place of --epochs.", 1);

    /// <summary>Rows of a micro-batch.</summary>
    public Option<int> BatchSize { get; } = OptionKinds.Whole(
        "--batch-size", "Rows of the forget set, and of the retain set, in a batch; 0 for all rows.", Defaults.Training.BatchSize, 0);

    /// <summary>Micro-batches of a step.</summary>
    public Option<int> Accumulate { get; } = OptionKinds.Whole("--accumulate", "Batches of one optimiser step.", Defaults.Training.Accumulate, 1);

    /// <summary>Peak learning rate.</summary>
    public Option<double> LearningRate { get; } = OptionKinds.Number("--learning-rate", "Peak learning rate.", Defaults.Training.LearningRate, 1e-12);

    /// <summary>Shape of the learning rate.</summary>
    public Option<string> Schedule { get; } = OptionKinds.Choice(
        "--schedule", "Shape of the learning rate.", Defaults.Training.Schedule.ToString().ToLowerInvariant(), Lower<ScheduleKind>());

    /// <summary>Share of the steps that warm up.</summary>
    public Option<double> WarmUp { get; } = OptionKinds.Number("--warmup", "Share of the steps spent warming up.", Defaults.Training.WarmUp, 0, 1);

    /// <summary>Largest gradient norm.</summary>
    public Option<double> GradientClip { get; } = OptionKinds.Number("--gradient-clip", "Largest norm of the gradient; 0 for no clipping.", Defaults.Training.GradientClip, 0);

    /// <summary>Decoupled weight decay.</summary>
    public Option<double> WeightDecay { get; } = OptionKinds.Number("--weight-decay", "Decoupled weight decay.", Defaults.Training.WeightDecay, 0);

    /// <summary>How the gradients of the two losses become one.</summary>
    public Option<string> Combiner { get; } = OptionKinds.Choice("--combiner", "How the gradients of the forget and retain losses become one.", Defaults.Request.Combiner, [.. Combiners.Names]);

    /// <summary>Whether blocks are recomputed in the backward pass.</summary>
    public Option<string> Checkpointing { get; } = OptionKinds.Choice(
        "--checkpointing", "Recompute blocks in the backward pass, for less memory and a third more time.", Defaults.Training.Checkpointing.ToString().ToLowerInvariant(), Lower<CheckpointingMode>());

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All =>
        [Epochs, Steps, BatchSize, Accumulate, LearningRate, Schedule, WarmUp, GradientClip, WeightDecay, Combiner, Checkpointing];

    /// <summary>What was chosen.</summary>
    public TrainingOptions Read(Invocation invocation, ObjectiveOptions objective) => Defaults.Training with
    {
        Epochs = invocation.Get(Epochs),
        Steps = invocation.Get(Steps),
        BatchSize = invocation.Get(BatchSize),
        Accumulate = invocation.Get(Accumulate),
        LearningRate = invocation.Get(LearningRate),
        Schedule = Enum.Parse<ScheduleKind>(invocation.Get(Schedule), ignoreCase: true),
        WarmUp = invocation.Get(WarmUp),
        GradientClip = invocation.Get(GradientClip),
        WeightDecay = invocation.Get(WeightDecay),
        ForgetWeight = invocation.Get(objective.ForgetWeight),
        RetainWeight = invocation.Get(objective.RetainWeight),
        Checkpointing = CheckpointingOf(invocation, Checkpointing),
    };

    /// <summary>When blocks are recomputed, as chosen with such an option.</summary>
    public static CheckpointingMode CheckpointingOf(Invocation invocation, Option<string> option) =>
        Enum.Parse<CheckpointingMode>(invocation.Get(option), ignoreCase: true);

    private static string[] Lower<TEnum>()
        where TEnum : struct, Enum => [.. Enum.GetNames<TEnum>().Select(name => name.ToLowerInvariant())];
}
