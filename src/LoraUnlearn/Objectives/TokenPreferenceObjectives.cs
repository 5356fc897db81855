using LoraUnlearn.Head;
using LoraUnlearn.Settings;
using static TorchSharp.torch;

namespace LoraUnlearn.Objectives;

/// <summary>
/// Token-wise NPO (METHODS §5): −mean( w·NLL ) over the scored tokens, w = 2·p_y^β / (p_y^β + p_ref^β) without gradient.
/// </summary>
public sealed class TokenPreferenceObjective : TokenObjective
{
    private readonly double _beta;

    /// <summary>Sets β.</summary>
    /// <param name="beta">Exponent β of the comparison with the reference, above 0.</param>
    public TokenPreferenceObjective(double beta = 4) => _beta = beta;

    /// <summary>Its entry in the catalogue.</summary>
    public static Method<Objective> Entry { get; } = new(
        "tnpo",
        "−mean( sg[ 2 p_y^β / (p_y^β + p_ref^β) ] · NLL )",
        "TNPO, Wang et al. 2025 (arXiv 2502.19301)",
        "NPO with a weight for each token instead of each answer.",
        values => new TokenPreferenceObjective(values["beta"]),
        Parameter.Positive("beta", 4, "exponent β of the weight"));

    /// <inheritdoc/>
    public override string Name => Entry.Name;

    /// <inheritdoc/>
    public override ObjectiveNeeds Needs => ObjectiveNeeds.ReferenceLogProbabilities;

    /// <inheritdoc/>
    public override Tensor Loss(TokenStatistics statistics, TokenStatistics? alternate) =>
        (Weight(statistics, _beta) * statistics.LogProbability).mean();

    // 2 p^β/(p^β + p_ref^β) = 2 σ( β (log p − log p_ref) ), which does not underflow; [n].
    internal static Tensor Weight(TokenStatistics statistics, double beta) =>
        ((statistics.LogProbability.detach() - statistics.ReferenceLogProbability!) * Held(beta)).sigmoid() * Held(2);
}

/// <summary>
/// Weighted token-wise NPO (METHODS §5): −mean( w·NLL ) over the scored tokens, w = 2·p_y^(β+α) / (p_y^β + p_ref^β) without
/// gradient.
/// </summary>
public sealed class WeightedTokenPreferenceObjective : TokenObjective
{
    private readonly double _alpha;
    private readonly double _beta;

    /// <summary>Creates the objective.</summary>
    /// <param name="beta">Exponent β of the comparison with the reference, above 0.</param>
    /// <param name="alpha">Exponent α of the label's own probability, at least 0.</param>
    public WeightedTokenPreferenceObjective(double beta = 4, double alpha = 1.5) => (_beta, _alpha) = (beta, alpha);

    /// <summary>Its entry in the catalogue.</summary>
    public static Method<Objective> Entry { get; } = new(
        "wtnpo",
        "−mean( sg[ 2 p_y^(β+α) / (p_y^β + p_ref^β) ] · NLL )",
        "WTNPO, Wang et al. 2025 (arXiv 2502.19301)",
        "TNPO that leaves unlikely tokens alone, as wga does.",
        values => new WeightedTokenPreferenceObjective(values["beta"], values["alpha"]),
        Parameter.Positive("beta", 4, "exponent β of the comparison with the reference"),
        Parameter.Number("alpha", 1.5, "exponent α of the label's probability", 0));

    /// <inheritdoc/>
    public override string Name => Entry.Name;

    /// <inheritdoc/>
    public override ObjectiveNeeds Needs => ObjectiveNeeds.ReferenceLogProbabilities;

    /// <inheritdoc/>
    public override Tensor Loss(TokenStatistics statistics, TokenStatistics? alternate)
    {
        Tensor likelihood = (statistics.LogProbability.detach() * Held(_alpha)).exp(); // p_y^α [n]
        return (likelihood * TokenPreferenceObjective.Weight(statistics, _beta) * statistics.LogProbability).mean();
    }
}
