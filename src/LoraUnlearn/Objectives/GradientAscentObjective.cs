using LoraUnlearn.Head;
using LoraUnlearn.Settings;
using static TorchSharp.torch;

namespace LoraUnlearn.Objectives;

/// <summary>Gradient ascent: −mean NLL over the scored tokens (METHODS §5).</summary>
public sealed class GradientAscentObjective : TokenObjective
{
    /// <summary>Its entry in the catalogue.</summary>
    public static Method<Objective> Entry { get; } = new(
        "ga",
        "−mean NLL",
        "Jang et al. 2023 (arXiv 2210.01504); Yao et al. 2024 (2402.15159)",
        "The baseline. Unbounded: it needs few steps, a small rate and a retain term.",
        _ => new GradientAscentObjective());

    /// <inheritdoc/>
    public override string Name => Entry.Name;

    /// <inheritdoc/>
    public override Tensor Loss(TokenStatistics statistics, TokenStatistics? alternate) => statistics.LogProbability.mean();
}
