using LoraUnlearn.Optimization;

namespace LoraUnlearn.Training;

/// <summary>When to trade time for memory by recomputing blocks in the backward pass.</summary>
public enum CheckpointingMode
{
    /// <summary>As <see cref="ActivationMemory"/> finds for the largest batch.</summary>
    Auto,

    /// <summary>Always: one forward pass of the blocks more, and only their inputs are kept.</summary>
    On,

    /// <summary>Never: a batch that does not fit ends the run.</summary>
    Off,
}

/// <summary>Settings of the training loop, with the defaults that help and documents show.</summary>
public sealed record TrainingOptions
{
    /// <summary>Optimiser steps; overrides <see cref="Epochs"/>.</summary>
    public int? Steps { get; init; }

    /// <summary>Passes over the forget set; batches of the retain set go along.</summary>
    public double Epochs { get; init; } = 5;

    /// <summary>Rows of the forget set, and of the retain set, in each micro-batch; 0 for all rows.</summary>
    public int BatchSize { get; init; } = 16;

    /// <summary>Micro-batches of one optimiser step: their gradients are averaged, their memory is one's.</summary>
    public int Accumulate { get; init; } = 1;

    /// <summary>Peak learning rate η, reached after the warm-up.</summary>
    public double LearningRate { get; init; } = 2e-3;

    /// <summary>How η runs from the peak to the last step (METHODS §8).</summary>
    public ScheduleKind Schedule { get; init; } = ScheduleKind.Linear;

    /// <summary>Share of the steps over which η rises to its peak, from 0 up to 1.</summary>
    public double WarmUp { get; init; } = 0.1;

    /// <summary>Largest norm of the losses' gradient, or of each loss's where the combiner keeps them apart; 0 for no clipping.</summary>
    public double GradientClip { get; init; } = 1;

    /// <summary>Decoupled weight decay of A and B (AdamW), a factor of η; 0 for none.</summary>
    public double WeightDecay { get; init; }

    /// <summary>γ, the factor of the forget objective; null for the objective's own, <see cref="Objectives.Objective.StandardWeight"/>.</summary>
    public double? ForgetWeight { get; init; }

    /// <summary>λ, the factor of the retain term (METHODS §6).</summary>
    public double RetainWeight { get; init; } = 1.6;

    /// <summary>Steps between refinements of <see cref="ScheduleKind.Gen"/>.</summary>
    public int RefineEvery { get; init; } = GeneralisedNewtonRate.StandardEvery;

    /// <summary>Share of the old rate that a refinement of <see cref="ScheduleKind.Gen"/> keeps.</summary>
    public double RefineSmoothing { get; init; } = GeneralisedNewtonRate.StandardSmoothing;

    /// <summary>Seed of the order of the rows, and of labels and directions that objectives draw.</summary>
    public long Seed { get; init; } = 42;

    /// <summary>Whether to trade time for memory; the gradients are the same.</summary>
    public CheckpointingMode Checkpointing { get; init; } = CheckpointingMode.Auto;

    // Those of --schedule gen are checked as the parameters that they are.
    internal void Check()
    {
        Require(Steps is null or > 0, "--steps", $"{Steps}", "a positive number");
        Require(Epochs > 0 && double.IsFinite(Epochs), "--epochs", $"{Epochs}", "a positive number");
        Require(BatchSize >= 0, "--batch-size", $"{BatchSize}", "a positive number, or 0 for all rows");
        Require(Accumulate > 0, "--accumulate", $"{Accumulate}", "a positive number");
        Require(LearningRate > 0 && double.IsFinite(LearningRate), "--learning-rate", $"{LearningRate}", "a positive number");
        Require(WarmUp is >= 0 and < 1, "--warmup", $"{WarmUp}", "a share of the steps from 0 up to 1");
        Require(GradientClip >= 0, "--gradient-clip", $"{GradientClip}", "a norm, or 0 for none");
        Require(WeightDecay >= 0 && double.IsFinite(WeightDecay), "--weight-decay", $"{WeightDecay}", "0 or more");
        Require(ForgetWeight is null or >= 0 && ForgetWeight != double.PositiveInfinity, "--forget-weight", $"{ForgetWeight}", "0 or more");
        Require(RetainWeight >= 0 && double.IsFinite(RetainWeight), "--retain-weight", $"{RetainWeight}", "0 or more");
    }

    private static void Require(bool holds, string option, string found, string expected)
    {
        if (!holds)
        {
            throw new InputException($"{option} is {found}; expected {expected}.");
        }
    }
}
