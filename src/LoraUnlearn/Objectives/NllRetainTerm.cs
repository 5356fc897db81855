using LoraUnlearn.Head;
using LoraUnlearn.Settings;
using static TorchSharp.torch;

namespace LoraUnlearn.Objectives;

/// <summary>Mean NLL over the scored tokens of the retain set (METHODS §6).</summary>
public sealed class NllRetainTerm : TokenObjective
{
    /// <summary>Its entry in the catalogue.</summary>
    public static Method<Objective?> Entry { get; } = new(
        "nll",
        "mean NLL on the retain set",
        "gradient difference, Liu et al. 2022 (arXiv 2203.12817); TOFU (2401.06121)",
        "The default: cheap, and the model keeps learning what to keep.",
        _ => new NllRetainTerm());

    /// <inheritdoc/>
    public override string Name => Entry.Name;

    /// <inheritdoc/>
    public override Tensor Loss(TokenStatistics statistics, TokenStatistics? alternate) => statistics.LogProbability.mean().neg();
}
