using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Adapters;

/// <summary>What lowering the rank of one module's change lost.</summary>
/// <param name="Module">Module name.</param>
/// <param name="Rank">Rank kept.</param>
/// <param name="RelativeError">‖ΔW−ΔW_k‖/‖ΔW‖ in the Frobenius norm; 0 where ΔW is zero.</param>
public sealed record RecompressionError(string Module, int Rank, double RelativeError);

/// <summary>An adapter of lower rank and what was lost.</summary>
/// <param name="Factors">The new factors; the caller disposes them.</param>
/// <param name="Modules">The loss of each module.</param>
/// <param name="RelativeError">The loss of all together: √( Σ‖ΔW−ΔW_k‖² / Σ‖ΔW‖² ).</param>
public sealed record RecompressedAdapter(AdapterFactors Factors, IReadOnlyList<RecompressionError> Modules, double RelativeError);

/// <summary>
/// The best adapter of a lower rank (METHODS §2): QR of B and Aᵀ, SVD of the small core, the k largest kept, √S on either
/// side. In float64, and ΔW is never formed.
/// </summary>
public static class Recompression
{
    /// <summary>Lowers the rank of every module that has more.</summary>
    /// <param name="factors">The adapter; it stays as it is.</param>
    /// <param name="rank">k, from 1 to the adapter's rank; modules of no more than that are copied unchanged.</param>
    /// <exception cref="InputException">The rank is out of range, or a factor has values that are not finite.</exception>
    public static RecompressedAdapter ToRank(AdapterFactors factors, int rank)
    {
        if (rank < 1 || rank > factors.Rank)
        {
            throw new InputException(
                $"{factors.Source}: cannot be recompressed to rank {rank}; it has rank {factors.Rank}, so choose 1 to {factors.Rank} with --rank, or leave that out.");
        }

        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        List<ModuleFactors> kept = [];
        List<RecompressionError> errors = [];
        double allLost = 0, all = 0;
        foreach (ModuleFactors module in factors.Modules)
        {
            (ModuleFactors lower, double lost, double total) = Truncate(module, rank, factors.Source);
            if (module.Rank <= rank)
            {
                lower = module with { A = module.A.clone(), B = module.B.clone() };
                lost = 0;
            }

            kept.Add(lower);
            errors.Add(new RecompressionError(module.Module, lower.Rank, total > 0 ? Math.Sqrt(lost / total) : 0));
            allLost += lost;
            all += total;
        }

        return new RecompressedAdapter(new AdapterFactors(kept, factors.Source), errors, all > 0 ? Math.Sqrt(allLost / all) : 0);
    }

    /// <summary>The leading part of one module's change, balanced, with the squared norms of what is lost and of the whole.</summary>
    internal static (ModuleFactors Factors, double Lost, double Total) Truncate(ModuleFactors module, int rank, string source)
    {
        RequireFinite(module, source);
        (Tensor leftBasis, Tensor left) = linalg.qr(module.B.to_type(ScalarType.Float64)); // [o,m], [m,k], m = min(o,k)
        (Tensor rightBasis, Tensor right) = linalg.qr(module.A.t().to_type(ScalarType.Float64)); // [i,n], [n,k], n = min(i,k)
        (Tensor u, Tensor values, Tensor vh) = linalg.svd(left.mm(right.t()), false); // [m,p], [p], [p,n]
        long keep = Math.Min(rank, values.shape[0]);
        Tensor root = values.narrow(0, 0, keep).sqrt(); // [keep]
        Tensor b = leftBasis.mm(u.narrow(1, 0, keep)) * root; // [o,keep]
        Tensor a = vh.narrow(0, 0, keep).mm(rightBasis.t()) * root.unsqueeze(1); // [keep,i]
        Tensor energy = values.square() * (module.Scale * module.Scale); // [p]
        double total = energy.sum().item<double>();
        double lost = keep < values.shape[0] ? energy.narrow(0, keep, values.shape[0] - keep).sum().item<double>() : 0;
        return (module with { A = AdapterFactors.OwnCopy(a), B = AdapterFactors.OwnCopy(b) }, lost, total);
    }

    private static void RequireFinite(ModuleFactors module, string source)
    {
        if (!module.A.isfinite().all().item<bool>() || !module.B.isfinite().all().item<bool>())
        {
            throw new InputException($"{source}: the factors of '{module.Module}' hold values that are not finite; the adapter is damaged or its training diverged.");
        }
    }
}
