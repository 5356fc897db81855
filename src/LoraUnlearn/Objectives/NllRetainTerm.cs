using static TorchSharp.torch;

namespace LoraUnlearn.Objectives;

/// <summary>Mean NLL over the scored tokens of the retain set (METHODS §6).</summary>
public sealed class NllRetainTerm : TokenObjective
{
    /// <inheritdoc/>
    public override string Name => "nll";

    /// <inheritdoc/>
    public override Tensor Loss(TokenStatistics statistics, TokenStatistics? alternate) => statistics.LogProbability.mean().neg();
}
