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
    /// <param name="beta">β.</param>
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
        Tensor lowered = full_like(referenceLogits!.narrow(1, 0, 1), -_beta); // [c,1]
        Tensor target = referenceLogits.scatter_add(1, label, lowered).softmax(-1); // [c,v]
        return (target * logits.log_softmax(-1)).sum().neg();
    }
}
