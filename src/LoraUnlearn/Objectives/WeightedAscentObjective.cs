using LoraUnlearn.Head;
using LoraUnlearn.Settings;
using static TorchSharp.torch;

namespace LoraUnlearn.Objectives;

/// <summary>
/// Weighted gradient ascent (METHODS §5): −mean( w·NLL ) over the scored tokens, w = p_y^β without gradient, so that tokens
/// which are unlikely already are left alone.
/// </summary>
public sealed class WeightedAscentObjective : TokenObjective
{
    private readonly double _beta;

    /// <summary>Creates the objective.</summary>
    /// <param name="beta">β.</param>
    public WeightedAscentObjective(double beta = 1) => _beta = beta;

    /// <summary>Its entry in the catalogue.</summary>
    public static Method<Objective> Entry { get; } = new(
        "wga",
        "−mean( sg[p_y]^β · NLL )",
        "WGA, Wang et al. 2025 (arXiv 2502.19301)",
        "Gradient ascent that spends itself on what the model still knows.",
        values => new WeightedAscentObjective(values["beta"]),
        Parameter.Number("beta", 1, "exponent β of the weight; 0 is gradient ascent (the G-effect code uses 5)", 0));

    /// <inheritdoc/>
    public override string Name => Entry.Name;

    /// <inheritdoc/>
    public override Tensor Loss(TokenStatistics statistics, TokenStatistics? alternate)
    {
        Tensor weight = (statistics.LogProbability.detach() * _beta).exp(); // [n]
        return (weight * statistics.LogProbability).mean();
    }
}
