using System.Text.RegularExpressions;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Adapters;

/// <summary>How much an adapter changes one linear map.</summary>
/// <param name="Module">The map's name.</param>
/// <param name="Change">‖ΔW‖, the Frobenius norm of s·B A.</param>
/// <param name="Weight">‖W‖ of the map it changes; null where the model was not given, or its weight is quantised.</param>
public sealed partial record ModuleNorm(string Module, double Change, double? Weight)
{
    /// <summary>‖ΔW‖/‖W‖; null without ‖W‖.</summary>
    public double? Relative => Weight is > 0 and double weight ? Change / weight : null;

    /// <summary>Number of the block that the map is in; null where its name has none.</summary>
    public int? Layer => Block().Match(Module) is { Success: true } match && int.TryParse(match.Groups[1].Value, out int layer) ? layer : null;

    /// <summary>The map's name within its block, for example <c>mlp.down_proj</c>.</summary>
    public string Place => Block().Match(Module) is { Success: true } match ? Module[(match.Index + match.Length)..] : Module;

    [GeneratedRegex(@"\.(\d{1,6})\.", RegexOptions.CultureInvariant)]
    private static partial Regex Block();
}

/// <summary>Norms of what an adapter changes, by module.</summary>
public static class AdapterNorms
{
    /// <summary>Measures an adapter. ‖B A‖² = tr(BᵀB·A Aᵀ), of two k × k matrices, so that no o × i one is made.</summary>
    /// <param name="adapter">The adapter.</param>
    /// <param name="model">The model that it changes, whose weights are then read once; null: no ‖W‖.</param>
    /// <param name="cancellation">Stops between modules.</param>
    /// <exception cref="InputException">The model lacks a module of the adapter.</exception>
    public static IReadOnlyList<ModuleNorm> Of(AdapterFactors adapter, ModelFolder? model = null, CancellationToken cancellation = default)
    {
        using IDisposable noGrad = no_grad();
        ModuleNames? names = model is null ? null : ModuleNames.Of(ModelFamilies.Describe(model.Config));
        List<ModuleNorm> norms = [];
        foreach (ModuleFactors module in adapter.Modules)
        {
            cancellation.ThrowIfCancellationRequested();
            using DisposeScope scope = NewDisposeScope();
            Tensor a = module.A.to_type(ScalarType.Float64), b = module.B.to_type(ScalarType.Float64);
            double squared = (b.mT.mm(b) * a.mm(a.mT)).sum().Number(); // both are symmetric [k,k]
            norms.Add(new ModuleNorm(module.Module, Math.Abs(module.Scale) * Math.Sqrt(Math.Max(0, squared)), model is null ? null : NormOf(model.Weights, names!, adapter, module.Module)));
        }

        return norms;
    }

    private static double? NormOf(TensorSource weights, ModuleNames names, AdapterFactors adapter, string module)
    {
        string tensor = names.Candidates(names.Resolve(adapter, module)).Select(candidate => candidate + ".weight").FirstOrDefault(weights.Contains)
            ?? throw new InputException($"{weights.Path}: there is no '{module}.weight', which {adapter.Source} changes; give the model that the adapter was trained on.");
        using Tensor stored = weights.Read(tensor);
        if (!stored.is_floating_point())
        {
            return null;
        }

        using Tensor norm = stored.to_type(ScalarType.Float32).norm();
        return norm.Number();
    }
}
