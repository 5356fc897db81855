using LoraUnlearn.Head;
using LoraUnlearn.Settings;
using static TorchSharp.torch;

namespace LoraUnlearn.Objectives;

/// <summary>
/// Random labels of Yao et al. (METHODS §5): mean NLL of labels drawn uniformly from the vocabulary, the true one excluded,
/// anew at each step from the run's seed.
/// </summary>
public sealed class RandomLabelObjective : TokenObjective
{
    /// <summary>Its entry in the catalogue.</summary>
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
