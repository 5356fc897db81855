using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Adapters;

/// <summary>How much of one map's change ΔW its best approximation ΔW_k of a lower rank holds.</summary>
/// <param name="Module">Module name.</param>
/// <param name="Rank">k.</param>
/// <param name="Energy">‖ΔW‖², Frobenius.</param>
/// <param name="LostEnergy">‖ΔW−ΔW_k‖².</param>
public sealed record ModuleApproximation(string Module, int Rank, double Energy, double LostEnergy)
{
    /// <summary>‖ΔW‖.</summary>
    public double Norm => Math.Sqrt(Energy);

    /// <summary>‖ΔW_k‖²/‖ΔW‖², from 0 to 1; 1 where ΔW is zero.</summary>
    public double CapturedEnergy => Energy > 0 ? 1 - (LostEnergy / Energy) : 1;

    /// <summary>‖ΔW−ΔW_k‖/‖ΔW‖; 0 where ΔW is zero.</summary>
    public double RelativeError => Energy > 0 ? Math.Sqrt(LostEnergy / Energy) : 0;
}

/// <summary>An adapter that approximates a larger change, and what is lost by that.</summary>
/// <param name="Factors">Its factors; the caller disposes them.</param>
/// <param name="Modules">The loss of each module.</param>
public sealed record LowRankApproximation(AdapterFactors Factors, IReadOnlyList<ModuleApproximation> Modules)
{
    private readonly ModuleApproximation _all = new("", 0, Modules.Sum(module => module.Energy), Modules.Sum(module => module.LostEnergy));

    /// <summary>Σ‖ΔW_k‖² / Σ‖ΔW‖².</summary>
    public double CapturedEnergy => _all.CapturedEnergy;

    /// <summary>√( Σ‖ΔW−ΔW_k‖² / Σ‖ΔW‖² ).</summary>
    public double RelativeError => _all.RelativeError;

    /// <summary>
    /// The leading part of one module's change with √S on either side, and the squared norms of what is lost and of the whole: QR of
    /// B and Aᵀ, SVD of the small core, the k largest kept (METHODS §2). In float64, and ΔW is never formed.
    /// </summary>
    /// <exception cref="InputException">A factor has values that are not finite.</exception>
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
        Tensor energy = values.Squared() * Held(module.Scale * module.Scale); // [p]
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
