using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Optimization;

/// <summary>Scales a gradient down to a largest norm, on the device.</summary>
public static class GradientClipping
{
    /// <summary>Clips in place.</summary>
    /// <param name="gradient">[p].</param>
    /// <param name="largestNorm">Largest Euclidean norm; 0 leaves the gradient alone.</param>
    /// <returns>The norm before clipping, a scalar tensor in the caller's dispose scope.</returns>
    public static Tensor Clip(Tensor gradient, double largestNorm)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor norm = gradient.norm();
        if (largestNorm > 0)
        {
            gradient.mul_(norm.Plus(1e-6).reciprocal().mul(Held(largestNorm)).clamp_max(One));
        }

        return norm.MoveToOuterDisposeScope();
    }
}
