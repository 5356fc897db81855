using LoraUnlearn.Checkpoints;
using LoraUnlearn.LinearAlgebra;
using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Adapters;

/// <summary>Turns the difference of two models of one architecture into an adapter: the best rank-k part of each ΔW = W₂ − W₁.</summary>
public static class AdapterExtraction
{
    private const int PowerIterations = 4;

    /// <summary>Extracts an adapter. Both models are read tensor by tensor.</summary>
    /// <param name="model">The base model, W₁.</param>
    /// <param name="changed">The changed model, W₂.</param>
    /// <param name="rank">k; a map with a smaller side gets that.</param>
    /// <param name="seed">Seed of the randomised decomposition that large maps get.</param>
    /// <param name="device">Where to compute; the CPU by default.</param>
    /// <returns>Of scale 1; maps that did not change are left out.</returns>
    /// <exception cref="InputException">
    /// The models are of different architecture, do not differ, or differ in tensors that an adapter cannot change; the
    /// message lists them.
    /// </exception>
    public static LowRankApproximation Extract(ModelFolder model, ModelFolder changed, int rank, long seed = 0, Device? device = null)
    {
        if (rank < 1)
        {
            throw new InputException($"An adapter of rank {rank} cannot be extracted; --rank must be at least 1.");
        }

        DecoderSpec spec = ModelFamilies.Describe(model.Config);
        IReadOnlyList<(string Module, string Tensor)> maps = ModelDifference.Check(model, changed, spec);
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        List<ModuleFactors> factors = [];
        List<ModuleApproximation> modules = [];
        foreach ((string module, string tensor) in maps)
        {
            using DisposeScope inner = NewDisposeScope();
            Tensor before = model.Weights.Read(tensor), after = changed.Weights.Read(tensor);
            Tensor difference = after.to(ScalarType.Float32, device ?? CPU).sub(before.to(ScalarType.Float32, device ?? CPU));
            double energy = Energy(difference);
            if (!double.IsFinite(energy))
            {
                throw new InputException($"'{tensor}' holds values that are not finite in {model.Path} or {changed.Path}.");
            }

            if (energy > 0)
            {
                Tensor delta = spec.TransposedWeights ? difference.t() : difference; // [o,i]
                (ModuleFactors leading, double captured) = Leading(module, delta, rank, unchecked((seed * 1_000_003) + factors.Count));
                leading.A.MoveToOuterDisposeScope();
                leading.B.MoveToOuterDisposeScope();
                factors.Add(leading);
                modules.Add(new ModuleApproximation(module, leading.Rank, energy, Math.Max(0, energy - captured))); // below 0 by rounding only
            }
        }

        return factors.Count > 0
            ? new LowRankApproximation(new AdapterFactors(factors, $"{changed.Path} − {model.Path}"), modules)
            : throw new InputException($"{model.Path} and {changed.Path}: the linear maps are the same; there is nothing to extract.");
    }

    private static (ModuleFactors Factors, double Captured) Leading(string module, Tensor delta, int rank, long seed)
    {
        int kept = (int)Math.Min(rank, Math.Min(delta.shape[0], delta.shape[1]));
        LeadingSingular svd = SubspaceIteration.Compute(delta, null, kept, PowerIterations, seed);
        Tensor projected = delta.mm(svd.RightVectors); // ΔW V [o,k]; ΔW V Vᵀ is the best rank-k part
        ModuleFactors unbalanced = new(module, AdapterFactors.OwnCopy(svd.RightVectors.t()), AdapterFactors.OwnCopy(projected), 1);
        return (LowRankApproximation.Truncate(unbalanced, kept, module).Factors, Energy(projected));
    }

    private static double Energy(Tensor matrix) => matrix.Squared().sum(ScalarType.Float64).item<double>();
}
