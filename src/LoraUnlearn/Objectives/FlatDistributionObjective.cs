using LoraUnlearn.Settings;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Objectives;

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
        return (logits.log_softmax(-1).sum() / -vocabulary) - (count * Math.Log(vocabulary));
    }
}
