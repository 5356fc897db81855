using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Objectives;

/// <summary>What an objective needs beyond the batch itself.</summary>
[Flags]
public enum ObjectiveNeeds
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The largest probability of any token but the label.</summary>
    RunnerUp = 1,

    /// <summary>log p_y of each scored token under the reference.</summary>
    ReferenceLogProbabilities = 2,

    /// <summary>The reference's whole distribution at each scored token.</summary>
    ReferenceLogits = 4,

    /// <summary>A replacement answer for each row.</summary>
    Alternate = 8,

    /// <summary>Hidden states of the reference at a layer.</summary>
    ReferenceHidden = 16,
}

/// <summary>A loss over a batch: a forget objective L_f or a retain term L_r (METHODS §5, §6).</summary>
public abstract class Objective
{
    /// <summary>The name on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>What must be provided.</summary>
    public virtual ObjectiveNeeds Needs => ObjectiveNeeds.None;
}

/// <summary>An objective that is a function of log p_y, the runner-up and the reference's log p_y.</summary>
public abstract class TokenObjective : Objective
{
    /// <summary>The loss.</summary>
    /// <param name="statistics">The batch.</param>
    /// <param name="alternate">The same for the replacement answers, or null.</param>
    /// <returns>A scalar, differentiable by the statistics' leaves.</returns>
    public abstract Tensor Loss(TokenStatistics statistics, TokenStatistics? alternate);
}

/// <summary>An objective that is a mean over scored tokens of a function of the whole distribution.</summary>
public abstract class DistributionObjective : Objective
{
    /// <summary>The sum of the loss over some scored tokens; the caller divides by their number.</summary>
    /// <param name="logits">[c,v] float32, with gradient.</param>
    /// <param name="referenceLogits">[c,v] float32 of the reference, a constant; null unless asked for.</param>
    /// <param name="labels">int64 [c].</param>
    /// <returns>A scalar.</returns>
    public abstract Tensor Sum(Tensor logits, Tensor? referenceLogits, Tensor labels);
}

/// <summary>An objective on the hidden states of one layer.</summary>
public abstract class HiddenObjective : Objective
{
    /// <summary>The hidden state that the loss is a function of: 0 the embedding, k the output of block k.</summary>
    public abstract int Layer { get; }

    /// <summary>The loss.</summary>
    /// <param name="hidden">Hidden states of the scored tokens [n,d], float32, with gradient.</param>
    /// <param name="referenceHidden">The reference's [n,d], a constant; null unless asked for.</param>
    /// <returns>A scalar.</returns>
    public abstract Tensor Loss(Tensor hidden, Tensor? referenceHidden);
}
