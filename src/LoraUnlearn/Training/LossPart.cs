using LoraUnlearn.Data;
using LoraUnlearn.Objectives;

namespace LoraUnlearn.Training;

/// <summary>One side of a step: a loss over some examples.</summary>
/// <param name="Objective">The loss.</param>
/// <param name="Weight">Factor of its gradient (γ or λ, divided by the micro-batches that are accumulated).</param>
/// <param name="Set">Which data set, for the reference cache.</param>
/// <param name="Examples">The batch.</param>
public sealed record LossPart(Objective Objective, double Weight, DataSide Set, IReadOnlyList<Example> Examples);

/// <summary>The two data sets of an unlearning run.</summary>
public enum DataSide
{
    /// <summary>What to forget.</summary>
    Forget,

    /// <summary>What to keep.</summary>
    Retain,
}
