using LoraUnlearn.Head;
using LoraUnlearn.Settings;
using static TorchSharp.torch;

namespace LoraUnlearn.Objectives;

/// <summary>Mean NLL over the scored tokens of the retain set (METHODS §6).</summary>
public sealed class NllRetainTerm : TokenObjective
{
    /// <summary>Its entry in the catalogue.</summary>
    public static Method<Objective?> Entry { get; } = new(
        "nll",
        "mean NLL on the retain set",
        "gradient difference, Liu et al. 2022 (arXiv 2203.12817); TOFU (2401.06121)",
        "The default: cheap, and the model keeps learning what to keep.",
        _ => new NllRetainTerm());

    /// <inheritdoc/>
    public override string Name => Entry.Name;

    /// <inheritdoc/>
    public override Tensor Loss(TokenStatistics statistics, TokenStatistics? alternate) => statistics.LogProbability.mean().neg();
}

/// <summary>
/// Mean over the scored tokens of KL( p_ref ‖ p ) on the retain set (METHODS §6). Over labelled tokens only: not over the
/// prompt, not over padding (METHODS §11).
/// </summary>
public sealed class KlRetainTerm : DistributionObjective
{
    /// <summary>Its entry in the catalogue.</summary>
    public static Method<Objective?> Entry { get; } = new(
        "kl",
        "mean KL( p_ref ‖ p ) on the retain set",
        "Yao et al. 2024 (arXiv 2402.15159); TOFU (2401.06121)",
        "To keep the base's behaviour on any text, learned by heart or not; one more forward pass.",
        _ => new KlRetainTerm());

    /// <inheritdoc/>
    public override string Name => Entry.Name;

    /// <inheritdoc/>
    public override ObjectiveNeeds Needs => ObjectiveNeeds.ReferenceLogits;

    /// <inheritdoc/>
    public override Tensor Sum(Tensor logits, Tensor? referenceLogits, Tensor labels)
    {
        Tensor reference = referenceLogits!.log_softmax(-1); // [c,v]
        return (reference.exp() * (reference - logits.log_softmax(-1))).sum();
    }
}

/// <summary>
/// Mean squared distance of a layer's hidden states to the reference's on the retain set (METHODS §6): RMU's retain term,
/// representation retention of the G-effect paper.
/// </summary>
public sealed class HiddenRetainTerm : HiddenObjective
{
    /// <summary>Creates the term.</summary>
    /// <param name="layer">The hidden state; null for a quarter of the depth.</param>
    public HiddenRetainTerm(int? layer = null)
        : base(layer)
    {
    }

    /// <summary>Its entry in the catalogue.</summary>
    public static Method<Objective?> Entry { get; } = new(
        "hidden",
        "mean squared distance of the hidden states at a layer to the reference's",
        "RMU, Li et al. 2024 (arXiv 2403.03218)",
        "With rmu, whose layer it takes unless it is given its own.",
        values => new HiddenRetainTerm(values.Whole("layer")),
        LayerParameter);

    /// <inheritdoc/>
    public override string Name => Entry.Name;

    /// <inheritdoc/>
    public override ObjectiveNeeds Needs => ObjectiveNeeds.ReferenceHidden;

    /// <inheritdoc/>
    public override Tensor Loss(Tensor hidden, Tensor? referenceHidden) => (hidden - referenceHidden!).Squared().mean();
}
