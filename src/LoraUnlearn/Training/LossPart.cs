using LoraUnlearn.Data;
using LoraUnlearn.Objectives;

namespace LoraUnlearn.Training;

/// <summary>One side of a step: a loss over some examples.</summary>
/// <param name="Objective">The loss.</param>
/// <param name="Weight">Factor of its gradient (γ or λ, divided by the micro-batches that are accumulated).</param>
/// <param name="Set">Which data set, for the reference cache.</param>
/// <param name="Examples">The batch.</param>
public sealed record LossPart(Objective Objective, double Weight, DataSide Set, IReadOnlyList<Example> Examples)
{
    /// <summary>Number of the batch in the run: random labels are drawn anew for each.</summary>
    public int Draw { get; init; }

    /// <summary>How much each row counts: factors of its part of the gradient; null for 1 each. The loss itself stays unweighted.</summary>
    public IReadOnlyList<double>? RowWeights { get; init; }

    /// <summary>The tokens and labels of each example that the objective is computed on.</summary>
    public IEnumerable<LabelledSequence> Sequences =>
        Examples.Select(example => Objective.Labels == LabelSource.Alternate ? example.Alternate! : example.Sequence);
}

/// <summary>Which of a run's two sets a row is of: rows are numbered in each, so that a number alone names none.</summary>
public enum DataSide
{
    /// <summary>D_f.</summary>
    Forget,

    /// <summary>D_r.</summary>
    Retain,
}
