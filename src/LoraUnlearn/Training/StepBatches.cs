using LoraUnlearn.Data;
using LoraUnlearn.Objectives;

namespace LoraUnlearn.Training;

/// <summary>Which rows of the two sets make up each micro-batch, and how large the largest is.</summary>
internal sealed class StepBatches
{
    private readonly BatchPlan? _forgetPlan;
    private readonly PairedBatchPlan? _pairedPlan;
    private readonly int[] _forgetLengths;
    private readonly int[] _retainLengths;

    public StepBatches(Objective forget, IReadOnlyList<Example> forgetSet, Objective? retain, IReadOnlyList<Example> retainSet, TrainingOptions options)
    {
        int[] forgetLengths = _forgetLengths = [.. forgetSet.Select(example => Length(example, forget))];
        _retainLengths = [];
        int Count(int available) => options.BatchSize == 0 ? available : Math.Min(options.BatchSize, available);
        Longest = forgetLengths.Max();
        Rows = Count(forgetSet.Count);
        if (retain is null)
        {
            _forgetPlan = new BatchPlan(forgetLengths, options.BatchSize, options.Seed);
            StepsPerEpoch = _forgetPlan.BatchesPerEpoch;
            return;
        }

        int[] retainLengths = _retainLengths = [.. retainSet.Select(example => Length(example, retain))];
        _pairedPlan = new PairedBatchPlan(forgetLengths, retainLengths, options.BatchSize, options.BatchSize, options.Seed);
        StepsPerEpoch = _pairedPlan.StepsPerEpoch;
        Longest = Math.Max(Longest, retainLengths.Max());
        Rows += Count(retainSet.Count);
    }

    /// <summary>Micro-batches in which the forget set is seen once.</summary>
    public int StepsPerEpoch { get; }

    /// <summary>Optimiser steps of a run.</summary>
    public int TotalSteps(TrainingOptions options) => options.Steps ?? Math.Max(1, (int)Math.Ceiling(options.Epochs * StepsPerEpoch / options.Accumulate));

    /// <summary>Positions of the longest row of either set that an objective sees, t.</summary>
    public int Longest { get; }

    /// <summary>Rows of both sets in a micro-batch, at most.</summary>
    public int Rows { get; }

    /// <summary>Indices of the rows of a micro-batch in their sets; the same for the same seed, however often a run was resumed.</summary>
    /// <param name="micro">From 0, over the whole run.</param>
    public (int[] Forget, int[]? Retain) RowsOf(int micro)
    {
        if (_pairedPlan is null)
        {
            return (_forgetPlan!.Step(micro), null);
        }

        (int[] forget, int[] retain) = _pairedPlan.Step(micro);
        return (forget, retain);
    }

    /// <summary>Share of positions that are padding, over the first epoch.</summary>
    /// <param name="batches">Micro-batches of the run.</param>
    public double PaddingWaste(int batches) =>
        _pairedPlan?.PaddingWaste(0, Math.Min(batches, _pairedPlan.StepsPerEpoch)) ?? _forgetPlan!.PaddingWaste(0);

    /// <summary>Positions of a micro-batch, padding included, on average over the first epoch.</summary>
    /// <param name="batches">Micro-batches of the run.</param>
    public double PositionsPerBatch(int batches)
    {
        int count = Math.Min(batches, StepsPerEpoch);
        double tokens = 0;
        for (int micro = 0; micro < count; micro++)
        {
            (int[] forget, int[]? retain) = RowsOf(micro);
            tokens += forget.Sum(row => (long)_forgetLengths[row]) + (retain?.Sum(row => (long)_retainLengths[row]) ?? 0);
        }

        return tokens / count / (1 - PaddingWaste(batches));
    }

    private static int Length(Example example, Objective objective) => objective.Labels == LabelSource.Alternate
        ? example.Alternate!.Length
        : objective.NeedsAlternate ? Math.Max(example.Sequence.Length, example.Alternate!.Length) : example.Sequence.Length;
}
