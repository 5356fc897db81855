using LoraUnlearn.Head;
using LoraUnlearn.Models;
using static TorchSharp.torch;

namespace LoraUnlearn.Objectives;

/// <summary>What an objective needs beyond the batch itself.</summary>
[Flags]
public enum ObjectiveNeeds
{
    /// <summary>Only log p_y of the scored tokens.</summary>
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

/// <summary>Whose tokens and labels an objective is computed on.</summary>
public enum LabelSource
{
    /// <summary>The row's own.</summary>
    Own,

    /// <summary>The replacement answer's: its tokens and its labels take the place of the row's.</summary>
    Alternate,

    /// <summary>The row's tokens; labels drawn uniformly from the vocabulary, the row's label excluded, anew at each step.</summary>
    Random,

    /// <summary>The row's tokens; as labels what the reference finds most likely after the row's label.</summary>
    ReferenceRunnerUp,
}

/// <summary>A loss over a batch: a forget objective L_f or a retain term L_r (METHODS §5, §6).</summary>
public abstract class Objective
{
    /// <summary>The name after <c>--objective</c> or <c>--retain-loss</c>, and in manifests.</summary>
    public abstract string Name { get; }

    /// <summary>What a step must compute for it beyond its own labels' probabilities; what is not asked for costs nothing.</summary>
    public virtual ObjectiveNeeds Needs => ObjectiveNeeds.None;

    /// <summary>Whose tokens and labels it is computed on.</summary>
    public virtual LabelSource Labels => LabelSource.Own;

    /// <summary>γ, its factor in a run unless told otherwise (METHODS §6).</summary>
    public virtual double StandardWeight => 1;

    /// <summary>Whether each row must have a replacement answer.</summary>
    public bool NeedsAlternate => Labels == LabelSource.Alternate || Needs.HasFlag(ObjectiveNeeds.Alternate);

    /// <summary>Whether it is a mean over sequences rather than over scored tokens: how batches are weighted in a whole set (METHODS §5).</summary>
    public virtual bool IsSequenceMean => false;

    /// <summary>Told of the model, before the first batch; the same arguments always have the same effect.</summary>
    /// <param name="spec">The architecture.</param>
    /// <param name="seed">Seed of whatever the objective draws.</param>
    /// <exception cref="InputException">The objective does not fit the model.</exception>
    public virtual void Bind(DecoderSpec spec, long seed)
    {
    }
}

/// <summary>An objective that is a function of log p_y, the runner-up and the reference's log p_y.</summary>
public abstract class TokenObjective : Objective, ITokenLoss
{
    /// <inheritdoc/>
    bool ITokenLoss.NeedsRunnerUp => Needs.HasFlag(ObjectiveNeeds.RunnerUp);

    /// <inheritdoc/>
    public abstract Tensor Loss(TokenStatistics statistics, TokenStatistics? alternate);
}

/// <summary>An objective that is a mean over scored tokens of a function of the whole distribution.</summary>
public abstract class DistributionObjective : Objective, IDistributionLoss
{
    /// <inheritdoc/>
    public abstract Tensor Sum(Tensor logits, Tensor? referenceLogits, Tensor labels);
}
