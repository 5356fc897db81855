using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Adapters;

/// <summary>The low-rank change of one linear map, ΔW = s·B A, as numbers alone.</summary>
/// <param name="Module">Module name of the map, without ".weight".</param>
/// <param name="A">A [k,i], float32, on the CPU.</param>
/// <param name="B">B [o,k], float32, on the CPU.</param>
/// <param name="Scale">s, any sign.</param>
public sealed record ModuleFactors(string Module, Tensor A, Tensor B, double Scale)
{
    /// <summary>Rank k.</summary>
    public int Rank => checked((int)A.shape[0]);

    /// <summary>Input width i.</summary>
    public long InputWidth => A.shape[1];

    /// <summary>Output width o.</summary>
    public long OutputWidth => B.shape[0];
}

/// <summary>
/// A plain adapter in memory, tied to no model: what PEFT files hold, and what is merged, composed and recompressed.
/// ΔW = s·B A for each module (METHODS §2).
/// </summary>
public sealed class AdapterFactors : IDisposable
{
    /// <summary>Takes the factors over: their tensors leave their dispose scopes and are disposed with this object.</summary>
    /// <param name="modules">One entry a module; A [k,i] and B [o,k].</param>
    /// <param name="source">Where they come from, for messages.</param>
    /// <exception cref="ArgumentException">Factors that do not fit together, or a module named twice.</exception>
    public AdapterFactors(IReadOnlyList<ModuleFactors> modules, string source)
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (ModuleFactors module in modules)
        {
            if (module.A.dim() != 2 || module.B.dim() != 2 || module.A.shape[0] != module.B.shape[1])
            {
                throw new ArgumentException($"The factors of '{module.Module}' do not fit together.", nameof(modules));
            }

            if (!names.Add(module.Module))
            {
                throw new ArgumentException($"The module '{module.Module}' appears twice.", nameof(modules));
            }
        }

        foreach (ModuleFactors module in modules)
        {
            module.A.DetachFromDisposeScope();
            module.B.DetachFromDisposeScope();
        }

        Modules = modules;
        Source = source;
    }

    /// <summary>The factors, one entry a module.</summary>
    public IReadOnlyList<ModuleFactors> Modules { get; }

    /// <summary>Where they come from, for messages.</summary>
    public string Source { get; }

    /// <summary>The largest rank of a module.</summary>
    public int Rank => Modules.Count == 0 ? 0 : Modules.Max(module => module.Rank);

    /// <summary>
    /// Copies the whole change of an adapter set, frozen offset included: A' = [A; A₀], B' = [B, −B₀], the scale unchanged
    /// (METHODS §2). On the untouched base it computes what the set computes.
    /// </summary>
    /// <param name="adapters">The adapter set.</param>
    /// <param name="source">What to call it in messages.</param>
    public static AdapterFactors Of(AdapterSet adapters, string source = "the trained adapter")
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        List<ModuleFactors> modules = [];
        foreach (LowRankPair pair in adapters.Pairs)
        {
            (Tensor a, Tensor b) = pair.Factors(); // [k,i], [o,k]
            modules.Add(new ModuleFactors(pair.Map.Name, OwnCopy(a), OwnCopy(b), pair.Scale));
        }

        return new AdapterFactors(modules, source);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ModuleFactors module in Modules)
        {
            module.A.Dispose();
            module.B.Dispose();
        }
    }

    /// <summary>A float32 copy on the CPU, contiguous and with memory of its own.</summary>
    internal static Tensor OwnCopy(Tensor values) => values.detach().to(ScalarType.Float32, CPU, copy: true).contiguous();
}

/// <summary>An adapter and how strongly it counts: W + Σ weight·ΔW.</summary>
/// <param name="Factors">The adapter.</param>
/// <param name="Weight">Its weight; 1 applies it as it is.</param>
public sealed record WeightedAdapter(AdapterFactors Factors, double Weight = 1);
