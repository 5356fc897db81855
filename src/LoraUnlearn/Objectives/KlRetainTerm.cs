using LoraUnlearn.Settings;
using static TorchSharp.torch;

namespace LoraUnlearn.Objectives;

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
