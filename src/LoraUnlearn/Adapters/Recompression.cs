using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Adapters;

/// <summary>The best adapter of a lower rank (METHODS §2).</summary>
public static class Recompression
{
    /// <summary>Lowers the rank of every module that has more.</summary>
    /// <param name="factors">The adapter; it stays as it is.</param>
    /// <param name="rank">k, from 1 to the adapter's rank; modules of no more than that are copied unchanged.</param>
    /// <exception cref="InputException">The rank is out of range, or a factor has values that are not finite.</exception>
    public static LowRankApproximation ToRank(AdapterFactors factors, int rank)
    {
        if (rank < 1 || rank > factors.Rank)
        {
            throw new InputException(
                $"{factors.Source}: cannot be recompressed to rank {rank}; it has rank {factors.Rank}, so choose 1 to {factors.Rank} with --rank, or leave that out.");
        }

        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        List<ModuleFactors> kept = [];
        List<ModuleApproximation> modules = [];
        foreach (ModuleFactors module in factors.Modules)
        {
            (ModuleFactors lower, double lost, double total) = LowRankApproximation.Truncate(module, rank, factors.Source);
            if (module.Rank <= rank)
            {
                lower = module with { A = module.A.clone(), B = module.B.clone() };
                lost = 0;
            }

            kept.Add(lower);
            modules.Add(new ModuleApproximation(module.Module, lower.Rank, total, lost));
        }

        return new LowRankApproximation(new AdapterFactors(kept, factors.Source), modules);
    }
}
