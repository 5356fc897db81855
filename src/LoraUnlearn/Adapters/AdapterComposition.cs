using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Adapters;

/// <summary>Weighted sums of adapters: Σ w_j·s_j·B_j A_j, exact, by putting the factors side by side.</summary>
public static class AdapterComposition
{
    /// <summary>Adds adapters up. The rank of a module is the sum of its parts' ranks; see <see cref="Recompression"/> to lower it.</summary>
    /// <param name="adapters">The adapters and their weights; those of weight 0 are left out.</param>
    /// <returns>The sum; the scale of a module is that of its first part. The caller disposes it.</returns>
    /// <exception cref="InputException">
    /// No adapter, a weight that is not finite, nothing left, or the same module with different widths.
    /// </exception>
    public static AdapterFactors Sum(IReadOnlyList<WeightedAdapter> adapters)
    {
        AdapterFactors sum = Sum(adapters, (_, module) => module);
        foreach (ModuleFactors module in sum.Modules)
        {
            string ending = "." + module.Module;
            if (sum.Modules.FirstOrDefault(other => other.Module.EndsWith(ending, StringComparison.Ordinal)) is { } longer)
            {
                sum.Dispose();
                throw new InputException(
                    $"{sum.Source}: one adapter calls a map '{module.Module}' and another '{longer.Module}'; export both from the same model class first.");
            }
        }

        return sum;
    }

    /// <summary>Adds adapters up under names of the caller's choice, given an adapter and a name in it.</summary>
    internal static AdapterFactors Sum(IReadOnlyList<WeightedAdapter> adapters, Func<AdapterFactors, string, string> nameOf)
    {
        string source = string.Join(" + ", adapters.Select(adapter => adapter.Factors.Source));
        Check(adapters, source);
        Dictionary<string, List<(WeightedAdapter Adapter, ModuleFactors Factors)>> parts = new(StringComparer.Ordinal);
        List<string> order = [];
        foreach (WeightedAdapter adapter in adapters.Where(adapter => adapter.Weight != 0))
        {
            foreach (ModuleFactors module in adapter.Factors.Modules)
            {
                string name = nameOf(adapter.Factors, module.Module);
                if (parts.TryAdd(name, []))
                {
                    order.Add(name);
                }

                parts[name].Add((adapter, module));
            }
        }

        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        return new AdapterFactors([.. order.Select(name => Concatenate(name, parts[name]))], source);
    }

    private static void Check(IReadOnlyList<WeightedAdapter> adapters, string source)
    {
        if (adapters.Count == 0)
        {
            throw new InputException("No adapter was given; name at least one with --adapter.");
        }

        if (adapters.FirstOrDefault(adapter => !double.IsFinite(adapter.Weight)) is { } wrong)
        {
            throw new InputException($"{wrong.Factors.Source}: found weight {wrong.Weight}, expected a finite number, as in --adapter DIR:0.5.");
        }

        if (adapters.All(adapter => adapter.Weight == 0 || adapter.Factors.Modules.Count == 0))
        {
            throw new InputException($"{source}: nothing is left to add up: every weight is 0 or every adapter is empty.");
        }
    }

    private static ModuleFactors Concatenate(string name, List<(WeightedAdapter Adapter, ModuleFactors Factors)> parts)
    {
        (WeightedAdapter firstAdapter, ModuleFactors first) = parts[0];
        foreach ((WeightedAdapter adapter, ModuleFactors part) in parts)
        {
            if (part.InputWidth != first.InputWidth || part.OutputWidth != first.OutputWidth)
            {
                throw new InputException(
                    $"'{name}' is [{first.OutputWidth},{first.InputWidth}] in {firstAdapter.Factors.Source} and [{part.OutputWidth},{part.InputWidth}] " +
                    $"in {adapter.Factors.Source}; only adapters of the same base model can be combined.");
            }
        }

        // A common scale; what differs goes into B. A scale of 0 would divide by zero, and any other does.
        double scale = first.Scale != 0 ? first.Scale : 1;
        Tensor a = cat([.. parts.Select(part => part.Factors.A)], 0); // [Σk,i]
        Tensor b = cat([.. parts.Select(part => part.Factors.B * Held(part.Adapter.Weight * part.Factors.Scale / scale))], 1); // [o,Σk]
        return new ModuleFactors(name, a.contiguous(), b.contiguous(), scale);
    }
}
