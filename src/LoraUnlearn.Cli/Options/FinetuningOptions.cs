using System.CommandLine;
using LoraUnlearn.Cli.Verbs;
using LoraUnlearn.Finetuning;
using LoraUnlearn.Optimization;
using LoraUnlearn.Training;

namespace LoraUnlearn.Cli.Options;

/// <summary>The loop that learns rows by plain NLL.</summary>
internal sealed class FinetuningOptions
{
    private const double AdapterLearningRate = 2e-3;

    private readonly Option<double> _epochs = OptionKinds.Number("--epochs", "Passes over the rows.", Defaults.Training.Epochs, 1e-6);
    private readonly Option<int?> _steps = OptionKinds.OptionalWhole("--steps", "Optimiser steps, in place of --epochs.", 1);
    private readonly Option<int> _batchSize = OptionKinds.Whole("--batch-size", "Rows in a batch; 0 for all rows.", Defaults.Training.BatchSize, 0);
    private readonly Option<int> _accumulate = OptionKinds.Whole("--accumulate", "Batches of one optimiser step.", Defaults.Training.Accumulate, 1);
    private readonly Option<double?> _learningRate = OptionKinds.OptionalNumber("--learning-rate", $"Peak learning rate; {AdapterLearningRate} for an adapter and {FullFinetuningRequest.StandardLearningRate} with --full unless given.", 1e-12);
    private readonly Option<string> _schedule = OptionKinds.Choice("--schedule", "Shape of the learning rate.", "linear", [.. Enum.GetValues<ScheduleKind>().Where(kind => kind != ScheduleKind.Gen).Select(kind => kind.ToString().ToLowerInvariant())]);
    private readonly Option<double> _warmUp = OptionKinds.Number("--warmup", "Share of the steps spent warming up.", Defaults.Training.WarmUp, 0, 1);
    private readonly Option<double> _clip = OptionKinds.Number("--gradient-clip", "Largest norm of the gradient; 0 for no clipping.", Defaults.Training.GradientClip, 0);
    private readonly Option<double> _decay = OptionKinds.Number("--weight-decay", "Decoupled weight decay.", Defaults.Training.WeightDecay, 0);
    private readonly Option<string> _checkpointing = OptionKinds.Choice(
        "--checkpointing", "Recompute blocks in the backward pass, for less memory and a third more time.", "auto", "auto", "on", "off");

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [_epochs, _steps, _batchSize, _accumulate, _learningRate, _schedule, _warmUp, _clip, _decay, _checkpointing];

    /// <summary>What was chosen.</summary>
    /// <param name="invocation">The command line.</param>
    /// <param name="full">Whether all weights are trained.</param>
    public TrainingOptions Read(Invocation invocation, bool full) => Defaults.AsDefined with
    {
        Epochs = invocation.Get(_epochs),
        Steps = invocation.Get(_steps),
        BatchSize = invocation.Get(_batchSize),
        Accumulate = invocation.Get(_accumulate),
        LearningRate = invocation.Get(_learningRate) ?? (full ? FullFinetuningRequest.StandardLearningRate : AdapterLearningRate),
        Schedule = Enum.Parse<ScheduleKind>(invocation.Get(_schedule), ignoreCase: true),
        WarmUp = invocation.Get(_warmUp),
        GradientClip = invocation.Get(_clip),
        WeightDecay = invocation.Get(_decay),
        Checkpointing = TrainingSettings.CheckpointingOf(invocation, _checkpointing),
    };
}
