using LoraUnlearn.Head;
using LoraUnlearn.Settings;
using static TorchSharp.torch;

namespace LoraUnlearn.Objectives;

/// <summary>TOFU's preference optimisation (METHODS §5): mean NLL of the replacement answer instead of the original.</summary>
public sealed class PreferenceObjective : TokenObjective
{
    /// <summary>Its entry in <see cref="ObjectiveCatalog.ForgetObjectives"/>: formula, paper, use, and parameters with their ranges.</summary>
    public static Method<Objective> Entry { get; } = new(
        "po",
        "mean NLL of the replacement answer",
        "TOFU, Maini et al. 2024 (arXiv 2401.06121)",
        "To teach a refusal or another answer; the original is only pushed aside by it.",
        _ => new PreferenceObjective());

    /// <inheritdoc/>
    public override string Name => Entry.Name;

    /// <inheritdoc/>
    public override LabelSource Labels => LabelSource.Alternate;

    /// <inheritdoc/>
    public override Tensor Loss(TokenStatistics statistics, TokenStatistics? alternate) => statistics.LogProbability.mean().neg();
}

/// <summary>
/// Random labels of Yao et al. (METHODS §5): mean NLL of labels drawn uniformly from the vocabulary, the true one excluded,
/// anew at each step from the run's seed.
/// </summary>
public sealed class RandomLabelObjective : TokenObjective
{
    /// <summary>Its entry in <see cref="ObjectiveCatalog.ForgetObjectives"/>: formula, paper, use, and parameters with their ranges.</summary>
    public static Method<Objective> Entry { get; } = new(
        "random-label",
        "mean NLL of labels drawn uniformly from the vocabulary, y excluded",
        "Yao et al. 2024 (arXiv 2402.15159)",
        "Pushes towards a flat distribution; disturbs more than ihl does.",
        _ => new RandomLabelObjective());

    /// <inheritdoc/>
    public override string Name => Entry.Name;

    /// <inheritdoc/>
    public override LabelSource Labels => LabelSource.Random;

    /// <inheritdoc/>
    public override Tensor Loss(TokenStatistics statistics, TokenStatistics? alternate) => statistics.LogProbability.mean().neg();
}

/// <summary>
/// Adversarial labels of Yao et al. (METHODS §5): mean NLL of y' = argmax_{v≠y} p_ref(v), what the reference would say next
/// if it did not know the answer.
/// </summary>
public sealed class AdversarialLabelObjective : TokenObjective
{
    /// <summary>Its entry in <see cref="ObjectiveCatalog.ForgetObjectives"/>: formula, paper, use, and parameters with their ranges.</summary>
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
