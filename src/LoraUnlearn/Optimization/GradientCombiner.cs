using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Optimization;

/// <summary>Makes one update direction of the forget and the retain side (METHODS §7).</summary>
public abstract class GradientCombiner
{
    /// <summary>The name on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>Whether the two gradients must be kept apart; otherwise their weighted sum comes from one pass.</summary>
    public virtual bool NeedsSeparateGradients => false;

    /// <summary>Combines two accumulated gradients over all adapter parameters.</summary>
    /// <param name="forget">∇ of γ·L_f [p].</param>
    /// <param name="retain">∇ of λ·L_r [p].</param>
    /// <returns>The gradient for the optimiser [p], in the caller's dispose scope.</returns>
    public abstract Tensor Combine(Tensor forget, Tensor retain);
}

/// <summary>The gradient of γL_f + λL_r.</summary>
public sealed class SumCombiner : GradientCombiner
{
    /// <inheritdoc/>
    public override string Name => "sum";

    /// <inheritdoc/>
    public override Tensor Combine(Tensor forget, Tensor retain) => forget + retain;
}
