using static TorchSharp.torch;

namespace LoraUnlearn.Objectives;

/// <summary>
/// Mean over the scored tokens of KL( p_ref ‖ p ) on the retain set (METHODS §6). Over labelled tokens only: not over the
/// prompt, not over padding (METHODS §11).
/// </summary>
public sealed class KlRetainTerm : DistributionObjective
{
    /// <inheritdoc/>
    public override string Name => "kl";

    /// <inheritdoc/>
    public override ObjectiveNeeds Needs => ObjectiveNeeds.ReferenceLogits;

    /// <inheritdoc/>
    public override Tensor Sum(Tensor logits, Tensor? referenceLogits, Tensor labels)
    {
        Tensor reference = referenceLogits!.log_softmax(-1); // [c,v]
        return (reference.exp() * (reference - logits.log_softmax(-1))).sum();
    }
}
