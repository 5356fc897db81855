using static TorchSharp.torch;

namespace LoraUnlearn.Objectives;

/// <summary>Gradient ascent: −mean NLL over the scored tokens (METHODS §5).</summary>
public sealed class GradientAscentObjective : TokenObjective
{
    /// <inheritdoc/>
    public override string Name => "ga";

    /// <inheritdoc/>
    public override Tensor Loss(TokenStatistics statistics, TokenStatistics? alternate) => statistics.LogProbability.mean();
}
