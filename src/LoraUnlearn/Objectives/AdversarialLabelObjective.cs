using LoraUnlearn.Head;
using LoraUnlearn.Settings;
using static TorchSharp.torch;

namespace LoraUnlearn.Objectives;

/// <summary>
/// Adversarial labels of Yao et al. (METHODS §5): mean NLL of y' = argmax_{v≠y} p_ref(v), what the reference would say next
/// if it did not know the answer.
/// </summary>
public sealed class AdversarialLabelObjective : TokenObjective
{
    /// <summary>Its entry in the catalogue.</summary>
    public static Method<Objective> Entry { get; } = new(
        "adversarial",
        "mean NLL of y' = argmax_{v≠y} p_ref(v)",
        "Yao et al. 2024 (arXiv 2402.15159)",
        "Replaces each token by the model's own second choice; bounded and gentle.",
        _ => new AdversarialLabelObjective());

    /// <inheritdoc/>
    public override string Name => Entry.Name;

    /// <inheritdoc/>
    public override LabelSource Labels => LabelSource.ReferenceRunnerUp;

    /// <inheritdoc/>
    public override Tensor Loss(TokenStatistics statistics, TokenStatistics? alternate) => statistics.LogProbability.mean().neg();
}
