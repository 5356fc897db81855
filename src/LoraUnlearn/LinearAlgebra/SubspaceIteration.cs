using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.LinearAlgebra;

/// <summary>Leading right singular vectors and singular values of diag(w) W.</summary>
/// <param name="Values">S_r [r], descending.</param>
/// <param name="RightVectors">V_r [i,r], orthonormal columns.</param>
public sealed record LeadingSingular(Tensor Values, Tensor RightVectors);

/// <summary>
/// Randomised subspace iteration (Halko, Martinsson and Tropp 2011, algorithm 4.4) for diag(w) W, without forming the product:
/// w is applied on the thin side. Exact for small matrices or when asked for.
/// </summary>
public static class SubspaceIteration
{
    /// <summary>Matrices whose smaller side is at most this are decomposed exactly.</summary>
    public const long ExactUpTo = 256;

    private const long Oversampling = 10;

    /// <summary>Singular values and right vectors of the r largest; the left ones follow as diag(w) W V / S.</summary>
    /// <param name="weight">W [o,i].</param>
    /// <param name="rowWeights">w [o], or null for ones.</param>
    /// <param name="rank">r ≤ min(o,i).</param>
    /// <param name="iterations">Power iterations q, each with re-orthonormalisation.</param>
    /// <param name="seed">Seed of the Gaussian test matrix, drawn on the CPU.</param>
    /// <param name="exact">Whether to decompose exactly whatever the size.</param>
    /// <returns>In the caller's dispose scope, float32.</returns>
    public static LeadingSingular Compute(Tensor weight, Tensor? rowWeights, int rank, int iterations, long seed, bool exact = false)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor w = weight.to_type(ScalarType.Float32);
        Tensor? scale = rowWeights?.to_type(ScalarType.Float32).unsqueeze(1); // [o,1]
        long smaller = Math.Min(weight.shape[0], weight.shape[1]);
        (Tensor values, Tensor vectors) = exact || smaller <= ExactUpTo || rank + Oversampling >= smaller
            ? Exact(scale is null ? w : w * scale, rank)
            : Randomised(w, scale, rank, iterations, seed);
        return new LeadingSingular(values.MoveToOuterDisposeScope(), vectors.MoveToOuterDisposeScope());
    }

    private static (Tensor Values, Tensor Vectors) Exact(Tensor matrix, int rank)
    {
        (_, Tensor values, Tensor vh) = linalg.svd(matrix, false);
        return (values.narrow(0, 0, rank).clone(), vh.narrow(0, 0, rank).t().contiguous());
    }

    private static (Tensor Values, Tensor Vectors) Randomised(Tensor w, Tensor? scale, int rank, int iterations, long seed)
    {
        Tensor Times(Tensor thin) => scale is null ? w.mm(thin) : w.mm(thin).mul_(scale); // diag(w) W X, [o,k]
        Tensor TransposedTimes(Tensor thin) => w.t().mm(scale is null ? thin : thin * scale); // Wᵀ diag(w) Y, [i,k]
        using Generator generator = new((ulong)seed);
        Tensor test = randn([w.shape[1], rank + Oversampling], ScalarType.Float32, generator: generator).to(w.device); // Ω [i,k]
        Tensor range = linalg.qr(Times(test)).Item1; // Q [o,k]
        for (int iteration = 0; iteration < iterations; iteration++)
        {
            Tensor back = linalg.qr(TransposedTimes(range)).Item1; // [i,k]
            range = linalg.qr(Times(back)).Item1;
        }

        // Qᵀ diag(w) W = (Z)ᵀ with Z [i,k]; Z = Q₂ R, R = U S Vᵀ: right vectors Q₂ U.
        (Tensor basis, Tensor triangle) = linalg.qr(TransposedTimes(range));
        (Tensor u, Tensor values, _) = linalg.svd(triangle, false);
        return (values.narrow(0, 0, rank).clone(), basis.mm(u.narrow(1, 0, rank)));
    }
}
