using LoraUnlearn.Checkpoints;
using LoraUnlearn.LinearAlgebra;
using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Adapters;

/// <summary>How much of one map's change an extracted adapter holds.</summary>
/// <param name="Module">Module name.</param>
/// <param name="Norm">‖ΔW‖, Frobenius.</param>
/// <param name="CapturedEnergy">‖ΔW_k‖²/‖ΔW‖², from 0 to 1.</param>
public sealed record ExtractedModule(string Module, double Norm, double CapturedEnergy);

/// <summary>An adapter extracted from the difference of two models.</summary>
/// <param name="Factors">Rank k, scale 1; maps that did not change are left out. The caller disposes it.</param>
/// <param name="Modules">What it holds of each map's change.</param>
/// <param name="CapturedEnergy">Σ‖ΔW_k‖² / Σ‖ΔW‖².</param>
public sealed record ExtractedAdapter(AdapterFactors Factors, IReadOnlyList<ExtractedModule> Modules, double CapturedEnergy);

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
    /// <exception cref="InputException">
    /// The models are of different architecture, do not differ, or differ in tensors that an adapter cannot change; the
    /// message lists them.
    /// </exception>
    public static ExtractedAdapter Extract(ModelFolder model, ModelFolder changed, int rank, long seed = 0, Device? device = null)
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
        List<ExtractedModule> modules = [];
        double all = 0, allCaptured = 0;
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
                captured = Math.Min(captured, energy); // but for rounding
                leading.A.MoveToOuterDisposeScope();
                leading.B.MoveToOuterDisposeScope();
                factors.Add(leading);
                modules.Add(new ExtractedModule(module, Math.Sqrt(energy), captured / energy));
                all += energy;
                allCaptured += captured;
            }
        }

        return factors.Count > 0
            ? new ExtractedAdapter(new AdapterFactors(factors, $"{changed.Path} − {model.Path}"), modules, allCaptured / all)
            : throw new InputException($"{model.Path} and {changed.Path}: the linear maps are the same; there is nothing to extract.");
    }

    private static (ModuleFactors Factors, double Captured) Leading(string module, Tensor delta, int rank, long seed)
    {
        int kept = (int)Math.Min(rank, Math.Min(delta.shape[0], delta.shape[1]));
        LeadingSingular svd = SubspaceIteration.Compute(delta, null, kept, PowerIterations, seed);
        Tensor projected = delta.mm(svd.RightVectors); // ΔW V [o,k]; ΔW V Vᵀ is the best rank-k part
        ModuleFactors unbalanced = new(module, AdapterFactors.OwnCopy(svd.RightVectors.t()), AdapterFactors.OwnCopy(projected), 1);
        return (Recompression.Truncate(unbalanced, kept, module).Factors, Energy(projected));
    }

    private static double Energy(Tensor matrix) => matrix.square().sum(ScalarType.Float64).item<double>();
}
