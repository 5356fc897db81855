using LoraUnlearn.Settings;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Optimization;

/// <summary>
/// NGDiff (arXiv 2410.22086, METHODS §7): g = ∇L_r/‖∇L_r‖ + ∇L_f/‖∇L_f‖, norms over all adapter parameters. With <c>ga</c>
/// as L_f, ∇L_f = −g_F, and this is the paper's g_R/‖g_R‖ − g_F/‖g_F‖; any other objective takes the place of ascent. A
/// gradient that vanishes adds nothing.
/// </summary>
public sealed class NormalisedDifferenceCombiner : ForgetRetainCombiner
{
    // Below this a float32 gradient is zero for all purposes; it keeps 0/0 from becoming a number that is not one.
    private const double SmallestNorm = 1e-30;

    /// <summary>Its entry in the catalogue.</summary>
    public static Method<ForgetRetainCombiner> Entry { get; } = new(
        "ngdiff",
        "∇L_r/‖∇L_r‖ + ∇L_f/‖∇L_f‖ (with ga: g_R/‖g_R‖ − g_F/‖g_F‖)",
        "NGDiff, Bu et al. 2024 (arXiv 2410.22086)",
        "When one loss would drown the other; with --objective ga and --schedule gen as in the paper. Weights have no effect.",
        _ => new NormalisedDifferenceCombiner());

    /// <inheritdoc/>
    public override string Name => Entry.Name;

    /// <inheritdoc/>
    public override bool NeedsSeparateGradients => true;

    /// <inheritdoc/>
    public override bool UsesWeights => false;

    /// <inheritdoc/>
    public override Tensor Combine(Tensor forget, Tensor retain)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        return (Normalised(forget) + Normalised(retain)).MoveToOuterDisposeScope();
    }

    private static Tensor Normalised(Tensor gradient) => gradient / gradient.norm().clamp_min(SmallestNorm);
}
