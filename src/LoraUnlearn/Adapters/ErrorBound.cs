using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Adapters;

/// <summary>The smallest ranks that keep every module's error within a bound (METHODS §2).</summary>
public static class ErrorBound
{
    /// <summary>Lowers the rank of each module as far as its relative error ‖ΔW−ΔW_k‖/‖ΔW‖ stays within the bound.</summary>
    /// <param name="factors">The adapter; it stays as it is.</param>
    /// <param name="largestError">The bound, from 0 up to below 1.</param>
    /// <param name="largestRank">No module gets more, whatever its error; null for no limit.</param>
    /// <returns>The adapter of lower ranks, which the caller disposes, and the error of each module.</returns>
    /// <exception cref="InputException">A factor has values that are not finite.</exception>
    public static LowRankApproximation Recompress(AdapterFactors factors, double largestError, int? largestRank = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(largestError);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(largestError, 1);
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        List<ModuleFactors> kept = [];
        List<ModuleApproximation> modules = [];
        foreach (ModuleFactors module in factors.Modules)
        {
            using DisposeScope inner = NewDisposeScope();
            int rank = Math.Min(RankOf(module, largestError), largestRank ?? int.MaxValue);
            (ModuleFactors lower, double lost, double total) = LowRankApproximation.Truncate(module, rank, factors.Source);
            if (rank >= module.Rank)
            {
                (lower, lost) = (module with { A = module.A.clone(), B = module.B.clone() }, 0);
            }

            lower.A.MoveToOuterDisposeScope();
            lower.B.MoveToOuterDisposeScope();
            kept.Add(lower);
            modules.Add(new ModuleApproximation(module.Module, lower.Rank, total, lost));
        }

        return new LowRankApproximation(new AdapterFactors(kept, factors.Source), modules);
    }

    // From the smallest singular value up, what may be left out.
    private static int RankOf(ModuleFactors module, double largestError)
    {
        Tensor left = linalg.qr(module.B.to_type(ScalarType.Float64)).R, right = linalg.qr(module.A.t().to_type(ScalarType.Float64)).R;
        double[] energies = left.mm(right.t()).isfinite().all().item<bool>() ? [.. linalg.svdvals(left.mm(right.t())).Squared().data<double>()] : [];
        double allowed = energies.Sum() * largestError * largestError, lost = 0;
        int rank = energies.Length;
        while (rank > 1 && lost + energies[rank - 1] <= allowed)
        {
            lost += energies[--rank];
        }

        return Math.Max(rank, 1);
    }
}
