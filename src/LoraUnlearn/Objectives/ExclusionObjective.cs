using LoraUnlearn.Settings;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Objectives;

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
        Tensor excluded = full_like(logits.detach().narrow(1, 0, 1), double.NegativeInfinity); // [c,1]
        Tensor target = logits.detach().scatter(1, label, excluded).softmax(-1); // [c,v]
        return (target * logits.log_softmax(-1)).sum().neg();
    }
}
