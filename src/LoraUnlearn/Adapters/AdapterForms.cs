using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Adapters;

/// <summary>
/// The same adapter in the forms that other programs ask for: one α for all modules, one rank, a narrower type; and how far a form is
/// from the adapter that it was made of.
/// </summary>
public static class AdapterForms
{
    /// <summary>
    /// Gives every module the same α (the commonest, as float32): what its own scale s has more is folded into B, so that α/r·B A is s·B A
    /// as before. Modules whose scale is α/r already stay as they are, bit for bit.
    /// </summary>
    /// <param name="factors">The adapter; it stays as it is.</param>
    /// <param name="alpha">The common α.</param>
    /// <returns>The adapter in this form, the caller's own.</returns>
    public static AdapterFactors WithOneAlpha(AdapterFactors factors, out double alpha)
    {
        float common = (float)CommonAlpha(factors);
        alpha = common;
        return Map(factors, module =>
        {
            double scale = common / (double)module.Rank;
            Tensor b = module.Scale == scale ? module.B.clone() : AdapterFactors.OwnCopy(module.B.to_type(ScalarType.Float64) * Held(module.Scale / scale));
            return new ModuleFactors(module.Module, module.A.clone(), b, scale);
        });
    }

    /// <summary>Gives every module the adapter's largest rank and the same α: zero rows of A and columns of B where a module has less.</summary>
    /// <param name="factors">The adapter; it stays as it is.</param>
    /// <returns>The adapter in this form, the caller's own: it needs neither <c>rank_pattern</c> nor <c>alpha_pattern</c>.</returns>
    public static AdapterFactors WithOneRank(AdapterFactors factors)
    {
        long rank = factors.Rank;
        using AdapterFactors padded = Map(factors, module =>
        {
            Tensor a = cat([module.A, zeros([rank - module.Rank, module.InputWidth])], 0); // [r,i]
            Tensor b = cat([module.B, zeros([module.OutputWidth, rank - module.Rank])], 1); // [o,r]
            return module with { A = a.contiguous(), B = b.contiguous() };
        });
        return WithOneAlpha(padded, out _);
    }

    /// <summary>Rounds the factors to a type, and gives them in float32 as they will be read.</summary>
    /// <param name="factors">The adapter; it stays as it is.</param>
    /// <param name="dtype">Float32, bfloat16 or float16.</param>
    /// <returns>The adapter as a program reads it from a file of that type, the caller's own.</returns>
    public static AdapterFactors Rounded(AdapterFactors factors, ScalarType dtype) => Map(factors, module =>
        module with { A = AdapterFactors.OwnCopy(module.A.to_type(dtype)), B = AdapterFactors.OwnCopy(module.B.to_type(dtype)) });

    /// <summary>How far each module of one adapter is from that of another: ‖ΔW − ΔW'‖ against ‖ΔW‖, in float64 and without forming either.</summary>
    /// <param name="exact">The adapter that is approximated.</param>
    /// <param name="other">Its approximation, of the same modules in the same order.</param>
    /// <returns>One entry a module, with the rank of the approximation.</returns>
    /// <exception cref="ArgumentException">The modules are others.</exception>
    public static LowRankApproximation Compare(AdapterFactors exact, AdapterFactors other)
    {
        using IDisposable noGrad = no_grad();
        List<ModuleApproximation> modules = [];
        foreach ((ModuleFactors first, ModuleFactors second) in exact.Modules.Zip(other.Modules))
        {
            if (first.Module != second.Module || exact.Modules.Count != other.Modules.Count)
            {
                throw new ArgumentException($"'{first.Module}' and '{second.Module}' are not the same module.", nameof(other));
            }

            using DisposeScope scope = NewDisposeScope();
            Tensor a = cat([first.A, second.A], 0).to_type(ScalarType.Float64); // [k+k',i]
            Tensor b = cat([first.B.to_type(ScalarType.Float64) * Held(first.Scale), second.B.to_type(ScalarType.Float64) * Held(-second.Scale)], 1); // [o,k+k']
            modules.Add(new ModuleApproximation(first.Module, second.Rank, Energy(b.narrow(1, 0, first.Rank), a.narrow(0, 0, first.Rank)), Energy(b, a)));
        }

        return new LowRankApproximation(other, modules);
    }

    // ‖B A‖², Frobenius: that of the product of the triangles of B and Aᵀ.
    private static double Energy(Tensor b, Tensor a)
    {
        Tensor left = linalg.qr(b).R, right = linalg.qr(a.t()).R;
        return left.mm(right.t()).Squared().sum().item<double>();
    }

    private static double CommonAlpha(AdapterFactors factors) => factors.Modules
        .Select(module => PeftExport.AlphaOf(module.Scale, module.Rank))
        .Where(alpha => alpha > 0)
        .GroupBy(alpha => alpha)
        .OrderByDescending(group => group.Count()).ThenByDescending(group => group.Key)
        .Select(group => group.Key)
        .FirstOrDefault(1);

    private static AdapterFactors Map(AdapterFactors factors, Func<ModuleFactors, ModuleFactors> change)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        return new AdapterFactors([.. factors.Modules.Select(change)], factors.Source);
    }
}
