using LoraUnlearn.Head;
using LoraUnlearn.Settings;
using static TorchSharp.torch;

namespace LoraUnlearn.Objectives;

/// <summary>TOFU's preference optimisation (METHODS §5): mean NLL of the replacement answer instead of the original.</summary>
public sealed class PreferenceObjective : TokenObjective
{
    /// <summary>Its entry in the catalogue.</summary>
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
