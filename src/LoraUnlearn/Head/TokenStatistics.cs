using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Head;

/// <summary>
/// What a token-level objective may be a function of. The tensors with a gradient are leaves; the objective's derivative by
/// them is all that the output head needs (p_y and the runner-up determine the gradient by every logit).
/// </summary>
public sealed class TokenStatistics
{
    /// <summary>Creates the statistics of one batch.</summary>
    /// <param name="positions">Which tokens are scored.</param>
    /// <param name="logProbability">log p_y [n].</param>
    /// <param name="runnerUpLogProbability">log max_{v≠y} p_v [n], or null.</param>
    /// <param name="referenceLogProbability">log p_y under the reference [n], or null.</param>
    public TokenStatistics(ScoredPositions positions, Tensor logProbability, Tensor? runnerUpLogProbability = null, Tensor? referenceLogProbability = null)
    {
        Positions = positions;
        LogProbability = logProbability;
        RunnerUpLogProbability = runnerUpLogProbability;
        ReferenceLogProbability = referenceLogProbability;
    }

    /// <summary>Which tokens are scored, and whose they are.</summary>
    public ScoredPositions Positions { get; }

    /// <summary>log p_y of each scored token, float32 [n], with gradient.</summary>
    public Tensor LogProbability { get; }

    /// <summary>Largest log-probability of any token but the label, float32 [n], with gradient; null unless asked for.</summary>
    public Tensor? RunnerUpLogProbability { get; }

    /// <summary>log p_y under the reference (adapter off), float32 [n], a constant; null unless asked for.</summary>
    public Tensor? ReferenceLogProbability { get; }

    /// <summary>Summed NLL of each sequence, [sequences], with gradient.</summary>
    public Tensor SequenceNll() => Positions.SumBySequence(LogProbability).neg();

    /// <summary>Summed NLL of each sequence under the reference, [sequences].</summary>
    public Tensor ReferenceSequenceNll() => Positions.SumBySequence(ReferenceLogProbability!).neg();
}
