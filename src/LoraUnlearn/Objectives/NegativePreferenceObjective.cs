using LoraUnlearn.Settings;
using static TorchSharp.torch;

namespace LoraUnlearn.Objectives;

/// <summary>
/// Negative preference optimisation (METHODS §5): mean over sequences of (2/β)·log(1 + (p(y)/p_ref(y))^β), with p(y) the
/// probability of the whole answer.
/// </summary>
public sealed class NegativePreferenceObjective : TokenObjective
{
    private readonly double _beta;

    /// <summary>Creates the objective.</summary>
    /// <param name="beta">β; towards 0 it becomes gradient ascent.</param>
    public NegativePreferenceObjective(double beta = 0.1) => _beta = beta;

    /// <summary>Its entry in the catalogue.</summary>
    public static Method<Objective> Entry { get; } = new(
        "npo",
        "(2/β)·mean over sequences of log(1 + exp(−β(NLL − NLL_ref)))",
        "NPO, Zhang et al. 2024 (arXiv 2404.05868)",
        "As gradient ascent at first, and fading out as an answer becomes unlikely; for runs that ascent would ruin.",
        values => new NegativePreferenceObjective(values["beta"]),
        Parameter.Positive("beta", 0.1, "inverse temperature β; smaller is closer to gradient ascent"));

    /// <inheritdoc/>
    public override string Name => Entry.Name;

    /// <inheritdoc/>
    public override bool IsSequenceMean => true;

    /// <inheritdoc/>
    public override ObjectiveNeeds Needs => ObjectiveNeeds.ReferenceLogProbabilities;

    /// <inheritdoc/>
    public override Tensor Loss(TokenStatistics statistics, TokenStatistics? alternate)
    {
        Tensor margin = statistics.SequenceNll() - statistics.ReferenceSequenceNll(); // [sequences]
        return (margin * _beta).log_sigmoid().mean() * (-2 / _beta);
    }
}
