using LoraUnlearn.Head;
using LoraUnlearn.Settings;
using static TorchSharp.torch;

namespace LoraUnlearn.Objectives;

/// <summary>Gradient ascent: −mean NLL over the scored tokens (METHODS §5).</summary>
public sealed class GradientAscentObjective : TokenObjective
{
    /// <summary>Its entry in the catalogue.</summary>
    public static Method<Objective> Entry { get; } = new(
        "ga",
        "−mean NLL",
        "Jang et al. 2023 (arXiv 2210.01504); Yao et al. 2024 (2402.15159)",
        "The baseline. Unbounded: it needs few steps, a small rate and a retain term.",
        _ => new GradientAscentObjective());

    /// <inheritdoc/>
    public override string Name => Entry.Name;

    /// <inheritdoc/>
    public override Tensor Loss(TokenStatistics statistics, TokenStatistics? alternate) => statistics.LogProbability.mean();
}

/// <summary>
/// Weighted gradient ascent (METHODS §5): −mean( w·NLL ) over the scored tokens, w = p_y^β without gradient, so that tokens
/// which are unlikely already are left alone.
/// </summary>
public sealed class WeightedAscentObjective : TokenObjective
{
    private readonly double _beta;

    /// <summary>Sets β.</summary>
    /// <param name="beta">Exponent β of the weight p_y^β, at least 0; 0 is gradient ascent.</param>
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
        Tensor weight = (statistics.LogProbability.detach() * Held(_beta)).exp(); // [n]
        return (weight * statistics.LogProbability).mean();
    }
}

/// <summary>
/// SatImp (METHODS §5): −mean( w·NLL ) over the scored tokens, w = p_y^β₁·(1 − p_y)^β₂ without gradient: saturation times
/// importance.
/// </summary>
public sealed class SaturationImportanceObjective : TokenObjective
{
    private readonly double _beta1;
    private readonly double _beta2;

    /// <summary>Creates the objective.</summary>
    /// <param name="beta1">Exponent β₁ of p_y, at least 0.</param>
    /// <param name="beta2">Exponent β₂ of 1 − p_y, at least 0.</param>
    public SaturationImportanceObjective(double beta1 = 5, double beta2 = 1) => (_beta1, _beta2) = (beta1, beta2);

    /// <summary>Its entry in the catalogue.</summary>
    public static Method<Objective> Entry { get; } = new(
        "satimp",
        "−mean( sg[p_y]^β1 · (1 − sg[p_y])^β2 · NLL )",
        "SatImp, Yang et al. 2025 (arXiv 2505.11953)",
        "Gradient ascent on tokens that are known but not certain; slow to start on rows learned by heart.",
        values => new SaturationImportanceObjective(values["beta1"], values["beta2"]),
        Parameter.Number("beta1", 5, "exponent β1 of p_y", 0),
        Parameter.Number("beta2", 1, "exponent β2 of 1 − p_y", 0));

    /// <inheritdoc/>
    public override string Name => Entry.Name;

    /// <inheritdoc/>
    public override Tensor Loss(TokenStatistics statistics, TokenStatistics? alternate)
    {
        Tensor own = statistics.LogProbability.detach(); // [n]
        Tensor saturation = (own * Held(_beta1)).exp(); // [n]
        Tensor importance = own.expm1().neg().clamp_min(Held(0)).pow(Held(_beta2)); // (1 − p_y)^β₂ [n]
        return (saturation * importance * statistics.LogProbability).mean();
    }
}
