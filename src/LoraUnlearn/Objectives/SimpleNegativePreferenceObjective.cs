using LoraUnlearn.Settings;
using static TorchSharp.torch;

namespace LoraUnlearn.Objectives;

/// <summary>
/// SimNPO (METHODS §5): −(2/β)·mean over sequences of log σ( β( NLL/|y| − δ ) ). No reference: the length-normalised
/// likelihood takes its place.
/// </summary>
public sealed class SimpleNegativePreferenceObjective : TokenObjective
{
    private readonly double _beta;
    private readonly double _delta;

    /// <summary>Creates the objective.</summary>
    /// <param name="beta">β.</param>
    /// <param name="delta">δ, nats a token.</param>
    public SimpleNegativePreferenceObjective(double beta = 4.5, double delta = 0) => (_beta, _delta) = (beta, delta);

    /// <summary>Its entry in the catalogue.</summary>
    public static Method<Objective> Entry { get; } = new(
        "simnpo",
        "−(2/β)·mean over sequences of log σ( β( NLL/|y| − δ ) )",
        "SimNPO, Fan et al. 2024 (arXiv 2410.07163)",
        "NPO without a reference and without its bias to long answers; with --forget-weight 0.125.",
        values => new SimpleNegativePreferenceObjective(values["beta"], values["delta"]),
        Parameter.Positive("beta", 4.5, "inverse temperature β"),
        Parameter.Number("delta", 0, "margin δ that the mean NLL of a token should pass, nats"));

    /// <inheritdoc/>
    public override string Name => Entry.Name;

    /// <inheritdoc/>
    public override bool IsSequenceMean => true;

    /// <inheritdoc/>
    public override Tensor Loss(TokenStatistics statistics, TokenStatistics? alternate)
    {
        Tensor perToken = statistics.SequenceNll() / statistics.Positions.Lengths; // [sequences]
        return ((perToken - _delta) * _beta).log_sigmoid().mean() * (-2 / _beta);
    }
}
