using LoraUnlearn.Settings;
using static TorchSharp.torch;

namespace LoraUnlearn.Objectives;

/// <summary>
/// Direct preference for the replacement answer (METHODS §5):
/// −(2/β)·mean over rows of log σ( β[ (NLL_ref − NLL)_alternate − (NLL_ref − NLL)_original ] ).
/// </summary>
public sealed class DirectPreferenceObjective : TokenObjective
{
    private readonly double _beta;

    /// <summary>Creates the objective.</summary>
    /// <param name="beta">β.</param>
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
        return ((preferred - original) * _beta).log_sigmoid().mean() * (-2 / _beta);
    }
}
