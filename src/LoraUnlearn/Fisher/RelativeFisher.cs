using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Fisher;

/// <summary>Relative importance of the output rows of a map: forget Fisher over retain Fisher (METHODS §3).</summary>
public static class RelativeFisher
{
    /// <summary>w_j² = Σ_k F^f_jk / (ε·mean_j Σ_k F^r_jk + Σ_k F^r_jk).</summary>
    /// <param name="forgetRows">Σ_k F^f_jk [o].</param>
    /// <param name="retainRows">Σ_k F^r_jk [o], or null: w_j² = Σ_k F^f_jk.</param>
    /// <param name="epsilon">ε, relative.</param>
    /// <returns>[o].</returns>
    public static Tensor Rowwise(Tensor forgetRows, Tensor? retainRows, double epsilon)
    {
        using DisposeScope scope = NewDisposeScope();
        return (retainRows is null ? forgetRows.clone() : Ratio(forgetRows, retainRows, epsilon)).MoveToOuterDisposeScope();
    }

    /// <summary>w_j² = Σ_k [ F^f_jk / (ε·mean F^r + F^r_jk) ] (LoKU, arXiv 2408.06621, eq. 8).</summary>
    /// <param name="forget">F^f [o,i].</param>
    /// <param name="retain">F^r [o,i], or null: w_j² = Σ_k F^f_jk.</param>
    /// <param name="epsilon">ε, relative.</param>
    /// <returns>[o].</returns>
    public static Tensor Elementwise(Tensor forget, Tensor? retain, double epsilon)
    {
        using DisposeScope scope = NewDisposeScope();
        return (retain is null ? forget : Ratio(forget, retain, epsilon)).sum(1).MoveToOuterDisposeScope();
    }

    // A retain Fisher of exactly zero everywhere leaves the forget Fisher alone to decide.
    private static Tensor Ratio(Tensor forget, Tensor retain, double epsilon)
    {
        Tensor mean = retain.mean();
        Tensor floor = where(mean > Held(0), mean * Held(epsilon), ones_like(mean));
        return forget / retain.Plus(floor);
    }
}
