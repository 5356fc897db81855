using static TorchSharp.torch;

namespace LoraUnlearn.Head;

/// <summary>A loss that depends on log p_y and the runner-up of each scored token only.</summary>
public interface ITokenLoss
{
    /// <summary>Whether it reads <see cref="TokenStatistics.RunnerUpLogProbability"/>.</summary>
    bool NeedsRunnerUp { get; }

    /// <summary>The loss of a batch, in nats where it is a likelihood; most are means over its scored tokens or sequences.</summary>
    /// <param name="statistics">The batch.</param>
    /// <param name="alternate">The same for the replacement answers, or null.</param>
    /// <returns>A scalar, differentiable by the statistics' leaves.</returns>
    Tensor Loss(TokenStatistics statistics, TokenStatistics? alternate);
}

/// <summary>A loss that is a mean over scored tokens of a function of the whole distribution.</summary>
public interface IDistributionLoss
{
    /// <summary>The sum of the loss over some scored tokens; the caller divides by their number.</summary>
    /// <param name="logits">[c,v] float32, with gradient.</param>
    /// <param name="referenceLogits">[c,v] float32 of the reference, a constant; null unless asked for.</param>
    /// <param name="labels">int64 [c].</param>
    /// <returns>A scalar.</returns>
    Tensor Sum(Tensor logits, Tensor? referenceLogits, Tensor labels);
}
