using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Fisher;

/// <summary>Fisher statistics of one linear map.</summary>
/// <param name="Forget">Σ_k F^f_jk, [o].</param>
/// <param name="Retain">Σ_k F^r_jk, [o]; null without a retain set.</param>
/// <param name="Relative">w_j² before normalisation, [o].</param>
public sealed record ModuleFisher(Tensor Forget, Tensor? Retain, Tensor Relative) : IDisposable
{
    /// <summary>
    /// Row weights w [o], float32, with root-mean-square 1 (METHODS §3); all ones where the Fisher vanishes altogether.
    /// </summary>
    /// <returns>In the caller's dispose scope.</returns>
    public Tensor Weights()
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor squares = Relative.to_type(ScalarType.Float64).clamp_min(0);
        Tensor mean = squares.mean(); // scalar
        Tensor normalised = where(mean > 0, squares / mean.clamp_min(double.Epsilon), ones_like(squares)).sqrt();
        return normalised.to_type(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Forget.Dispose();
        Retain?.Dispose();
        Relative.Dispose();
    }
}
