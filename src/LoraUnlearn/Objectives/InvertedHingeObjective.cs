using LoraUnlearn.Head;
using LoraUnlearn.Settings;
using static TorchSharp.torch;

namespace LoraUnlearn.Objectives;

/// <summary>
/// Inverted hinge loss of LoKU (arXiv 2408.06621, eq. 4; METHODS §5): mean over scored tokens of 1 + p_y − max_{v≠y} p_v, in
/// [0,2]. Lowers the label below the runner-up and leaves the rest of the distribution alone.
/// </summary>
public sealed class InvertedHingeObjective : TokenObjective
{
    /// <summary>Its entry in the catalogue.</summary>
    public static Method<Objective> Entry { get; } = new(
        "ihl",
        "mean( 1 + p_y − max_{v≠y} p_v ), in [0,2]",
        "LoKU, Cha et al. 2025 (arXiv 2408.06621)",
        "The default: bounded, and it moves only the label and its runner-up.",
        _ => new InvertedHingeObjective());

    /// <inheritdoc/>
    public override string Name => Entry.Name;

    /// <inheritdoc/>
    public override ObjectiveNeeds Needs => ObjectiveNeeds.RunnerUp;

    /// <inheritdoc/>
    public override Tensor Loss(TokenStatistics statistics, TokenStatistics? alternate) =>
        (statistics.LogProbability.exp() - statistics.RunnerUpLogProbability!.exp()).mean().Plus(1);
}
