using LoraUnlearn.Head;
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
        return (margin * Held(_beta)).log_sigmoid().mean() * Held(-2 / _beta);
    }
}

/// <summary>
/// SimNPO (METHODS §5): −(2/β)·mean over sequences of log σ( β( NLL/|y| − δ ) ). No reference: the length-normalised
/// likelihood takes its place.
/// </summary>
public sealed class SimpleNegativePreferenceObjective : TokenObjective
{
    private readonly double _beta;
    private readonly double _delta;

    /// <summary>Creates the objective.</summary>
    /// <param name="beta">Inverse temperature β, above 0, tokens a nat.</param>
    /// <param name="delta">Margin δ, nats a token.</param>
    public SimpleNegativePreferenceObjective(double beta = 4.5, double delta = 0) => (_beta, _delta) = (beta, delta);

    /// <summary>Its entry in the catalogue.</summary>
    public static Method<Objective> Entry { get; } = new(
        "simnpo",
        "−(2/β)·mean over sequences of log σ( β( NLL/|y| − δ ) )",
        "SimNPO, Fan et al. 2024 (arXiv 2410.07163)",
        "NPO without a reference and without its bias to long answers; its --forget-weight is 0.125 unless given.",
        values => new SimpleNegativePreferenceObjective(values["beta"], values["delta"]),
        Parameter.Positive("beta", 4.5, "inverse temperature β"),
        Parameter.Number("delta", 0, "margin δ that the mean NLL of a token should pass, nats"));

    /// <inheritdoc/>
    public override string Name => Entry.Name;

    /// <inheritdoc/>
    public override bool IsSequenceMean => true;

    /// <inheritdoc/>
    public override double StandardWeight => 0.125;

    /// <inheritdoc/>
    public override Tensor Loss(TokenStatistics statistics, TokenStatistics? alternate)
    {
        Tensor perToken = statistics.SequenceNll() / statistics.Positions.Lengths; // [sequences]
        return ((perToken - Held(_delta)) * Held(_beta)).log_sigmoid().mean() * Held(-2 / _beta);
    }
}

/// <summary>
/// Direct preference for the replacement answer (METHODS §5):
/// −(2/β)·mean over rows of log σ( β[ (NLL_ref − NLL)_alternate − (NLL_ref − NLL)_original ] ).
/// </summary>
public sealed class DirectPreferenceObjective : TokenObjective
{
    private readonly double _beta;

    /// <summary>Sets β.</summary>
    /// <param name="beta">Inverse temperature β, above 0, 1/nats.</param>
    public DirectPreferenceObjective(double beta = 0.1) => _beta = beta;

    /// <summary>Its entry in the catalogue.</summary>
    public static Method<Objective> Entry { get; } = new(
        "dpo",
        "−(2/β)·mean over rows of log σ( β[ (NLL_ref − NLL)_alternate − (NLL_ref − NLL)_original ] )",
        "Rafailov et al. 2023 (arXiv 2305.18290), for unlearning in TOFU (2401.06121) and NPO (2404.05868)",
        "When each row has a replacement answer that should be preferred to the original one.",
        values => new DirectPreferenceObjective(values["beta"]),
        Parameter.Positive("beta", 0.1, "inverse temperature β"));

    /// <inheritdoc/>
    public override string Name => Entry.Name;

    /// <inheritdoc/>
    public override bool IsSequenceMean => true;

    /// <inheritdoc/>
    public override ObjectiveNeeds Needs => ObjectiveNeeds.ReferenceLogProbabilities | ObjectiveNeeds.Alternate;

    /// <inheritdoc/>
    public override Tensor Loss(TokenStatistics statistics, TokenStatistics? alternate)
    {
        Tensor original = statistics.ReferenceSequenceNll() - statistics.SequenceNll(); // [sequences]
        Tensor preferred = alternate!.ReferenceSequenceNll() - alternate.SequenceNll(); // [sequences]
        return ((preferred - original) * Held(_beta)).log_sigmoid().mean() * Held(-2 / _beta);
    }
}
