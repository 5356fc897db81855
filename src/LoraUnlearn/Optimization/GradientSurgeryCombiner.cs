using LoraUnlearn.Settings;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Optimization;

/// <summary>
/// Gradient surgery (METHODS §7): where the forget gradient f conflicts with the retain gradient r, ⟨f,r⟩ &lt; 0, its part
/// along r is taken out; then both are added. The retain loss does not rise to first order.
/// </summary>
public sealed class GradientSurgeryCombiner : ForgetRetainCombiner
{
    // Below this a float32 gradient's squared norm is zero for all purposes.
    private const double SmallestSquare = 1e-36;

    /// <summary>Its entry in the catalogue.</summary>
    public static Method<ForgetRetainCombiner> Entry { get; } = new(
        "pcgrad",
        "f − min(0, ⟨f,r⟩)/‖r‖²·r + r",
        "PCGrad, Yu et al. 2020 (arXiv 2001.06782)",
        "When forgetting undoes what is to be kept.",
        _ => new GradientSurgeryCombiner());

    /// <inheritdoc/>
    public override string Name => Entry.Name;

    /// <inheritdoc/>
    public override bool NeedsSeparateGradients => true;

    /// <inheritdoc/>
    public override Tensor Combine(Tensor forget, Tensor retain)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor conflict = forget.dot(retain).clamp_max(0) / retain.dot(retain).clamp_min(SmallestSquare); // scalar, 0 without conflict
        return (forget + (retain * (1 - conflict))).MoveToOuterDisposeScope();
    }
}
