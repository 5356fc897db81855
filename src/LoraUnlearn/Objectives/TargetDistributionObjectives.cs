using LoraUnlearn.Settings;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Objectives;

/// <summary>
/// UNDIAL (METHODS §5): mean over the scored tokens of the cross-entropy to softmax( z_ref − β·onehot(y) ), the reference
/// with the label's logit lowered.
/// </summary>
public sealed class SelfDistillationObjective : DistributionObjective
{
    private readonly double _beta;

    /// <summary>Creates the objective.</summary>
    /// <param name="beta">How far the label's logit is lowered, β, nats.</param>
    public SelfDistillationObjective(double beta = 10) => _beta = beta;

    /// <summary>Its entry in the catalogue.</summary>
    public static Method<Objective> Entry { get; } = new(
        "undial",
        "mean cross-entropy to softmax( z_ref − β·onehot(y) )",
        "UNDIAL, Dong et al. 2024 (arXiv 2402.10052)",
        "Stable over long runs: a fixed target instead of a direction without end.",
        values => new SelfDistillationObjective(values["beta"]),
        Parameter.Positive("beta", 10, "how much the label's logit is lowered"));

    /// <inheritdoc/>
    public override string Name => Entry.Name;

    /// <inheritdoc/>
    public override ObjectiveNeeds Needs => ObjectiveNeeds.ReferenceLogits;

    /// <inheritdoc/>
    public override Tensor Sum(Tensor logits, Tensor? referenceLogits, Tensor labels)
    {
        Tensor label = labels.unsqueeze(1); // [c,1]
        Tensor lowered = full_like(referenceLogits!.narrow(1, 0, 1), Held(-_beta)); // [c,1]
        Tensor target = referenceLogits.scatter_add(1, label, lowered).softmax(-1); // [c,v]
        return (target * logits.log_softmax(-1)).sum().neg();
    }
}

/// <summary>
/// Cross-entropy unlearning (METHODS §5): mean over the scored tokens of the cross-entropy to the model's own distribution
/// with the label taken out, softmax( sg[z] with z_y = −∞ ).
/// </summary>
public sealed class ExclusionObjective : DistributionObjective
{
    /// <summary>Its entry in the catalogue.</summary>
    public static Method<Objective> Entry { get; } = new(
        "ceu",
        "mean cross-entropy to softmax( sg[z] with z_y = −∞ )",
        "CE-U, Yang 2025 (arXiv 2503.01224)",
        "Takes the label's probability and shares it among the others in proportion; no reference needed.",
        _ => new ExclusionObjective());

    /// <inheritdoc/>
    public override string Name => Entry.Name;

    /// <inheritdoc/>
    public override Tensor Sum(Tensor logits, Tensor? referenceLogits, Tensor labels)
    {
        Tensor label = labels.unsqueeze(1); // [c,1]
        Tensor excluded = full_like(logits.detach().narrow(1, 0, 1), Held(double.NegativeInfinity)); // [c,1]
        Tensor target = logits.detach().scatter(1, label, excluded).softmax(-1); // [c,v]
        return (target * logits.log_softmax(-1)).sum().neg();
    }
}

/// <summary>Mean over the scored tokens of KL( uniform ‖ p ) (METHODS §5): −log v − mean_v log p_v.</summary>
public sealed class FlatDistributionObjective : DistributionObjective
{
    /// <summary>Its entry in the catalogue.</summary>
    public static Method<Objective> Entry { get; } = new(
        "flat-kl",
        "mean KL( uniform ‖ p )",
        "random labels of Yao et al. 2024 (arXiv 2402.15159) in expectation",
        "The strongest erasure of a position's prediction; use a retain term.",
        _ => new FlatDistributionObjective());

    /// <inheritdoc/>
    public override string Name => Entry.Name;

    /// <inheritdoc/>
    public override Tensor Sum(Tensor logits, Tensor? referenceLogits, Tensor labels)
    {
        double count = logits.shape[0], vocabulary = logits.shape[1];
        return (logits.log_softmax(-1).sum() / Held(-vocabulary)) - Held(count * Math.Log(vocabulary));
    }
}
