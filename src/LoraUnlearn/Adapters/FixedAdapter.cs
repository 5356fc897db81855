using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Adapters;

/// <summary>
/// Adapters on a decoder that are applied and not trained. Several on one map add up, each with its weight; they are switched
/// on and off as a whole, and off, the model is the base. A change whose rank is so large that two thin products cost more than the
/// whole matrix is held as that.
/// </summary>
public sealed class FixedAdapter : IDisposable
{
    private readonly List<Delta> _deltas = [];

    /// <summary>Attaches adapters to a decoder. The factors are copied in the decoder's type.</summary>
    /// <param name="decoder">The model; none of the maps may carry another change.</param>
    /// <param name="adapters">The adapters and their weights.</param>
    /// <exception cref="InputException">An adapter names a map that the model does not have, or has the wrong widths.</exception>
    /// <exception cref="InvalidOperationException">A map is already adapted.</exception>
    public FixedAdapter(Decoder decoder, IReadOnlyList<WeightedAdapter> adapters)
        : this(decoder, adapters, carried: false)
    {
    }

    private FixedAdapter(Decoder decoder, IReadOnlyList<WeightedAdapter> adapters, bool carried)
    {
        ModuleNames names = ModuleNames.Of(decoder.Spec);
        using AdapterFactors sum = AdapterComposition.Sum(adapters, names.Resolve);
        Dictionary<string, LinearMap> maps = decoder.Maps.ToDictionary(map => map.Name, StringComparer.Ordinal);
        foreach (ModuleFactors module in sum.Modules)
        {
            Shapes.Require(sum.Source, module, maps[module.Module].OutputWidth, maps[module.Module].InputWidth);
            LinearMap map = maps[module.Module];
            if ((carried ? map.Carried : map.Delta) is not null)
            {
                throw new InvalidOperationException($"'{module.Module}' already carries an adapter; dispose that one first, or attach both together.");
            }
        }

        Decoder = decoder;
        using IDisposable noGrad = no_grad();
        foreach (ModuleFactors module in sum.Modules)
        {
            Delta delta = Change(module, maps[module.Module]);
            if (carried)
            {
                delta.Map.Carried = delta;
            }
            else
            {
                delta.Map.Delta = delta;
            }

            _deltas.Add(delta);
        }
    }

    private Delta Change(ModuleFactors module, LinearMap map)
    {
        using DisposeScope scope = NewDisposeScope();
        (long rank, long inputs, long outputs) = (module.A.shape[0], map.InputWidth, map.OutputWidth);
        Tensor Placed(Tensor tensor) => tensor.to(Decoder.Dtype, Decoder.Device, copy: true);
        if (rank * (inputs + outputs) > inputs * outputs)
        {
            Tensor whole = Placed(module.A.t().mm(module.B.t()) * Held(module.Scale)); // [i,o]
            return new Delta(this, map, whole.DetachFromDisposeScope(), null);
        }

        Tensor a = Placed(module.A).t(), b = Placed(module.B * Held(module.Scale)).t(); // [i,k], [k,o]
        return new Delta(this, map, a.DetachFromDisposeScope(), b.DetachFromDisposeScope());
    }

    /// <summary>Attaches adapters that the model carries from now on, below whatever is trained or put on it later.</summary>
    /// <param name="decoder">The model; none of the maps may carry another adapter for good.</param>
    /// <param name="adapters">The adapters and their weights.</param>
    /// <exception cref="InputException">An adapter names a map that the model does not have, or has the wrong widths.</exception>
    /// <exception cref="InvalidOperationException">A map carries an adapter already.</exception>
    public static FixedAdapter Carry(Decoder decoder, IReadOnlyList<WeightedAdapter> adapters) => new(decoder, adapters, carried: true);

    /// <summary>The adapted model.</summary>
    public Decoder Decoder { get; }

    /// <summary>The maps that are changed, in no particular order.</summary>
    public IEnumerable<LinearMap> Maps => _deltas.Select(delta => delta.Map);

    /// <summary>Off, the model is the base.</summary>
    public bool Enabled { get; private set; } = true;

    /// <summary>Switches the adapters off until the result is disposed.</summary>
    public IDisposable SwitchOff() => new AdapterSwitch(Enabled, enabled => Enabled = enabled);

    /// <summary>Detaches the adapters from the decoder and frees them.</summary>
    public void Dispose()
    {
        foreach (Delta delta in _deltas)
        {
            if (ReferenceEquals(delta.Map.Delta, delta))
            {
                delta.Map.Delta = null;
            }

            if (ReferenceEquals(delta.Map.Carried, delta))
            {
                delta.Map.Carried = null;
            }

            delta.Dispose();
        }

        _deltas.Clear();
    }

    // y + (x Aᵀ)(s·B)ᵀ, or y + x (s·BA)ᵀ where b is null and a is the whole.
    private sealed class Delta(FixedAdapter owner, LinearMap map, Tensor a, Tensor? b) : ILinearDelta, IDisposable
    {
        public LinearMap Map { get; } = map;

        public Tensor AddTo(Tensor output, Tensor input) =>
            !owner.Enabled ? output : b is null ? output.addmm_(input, a) : output.addmm_(input.mm(a), b);

        public void Dispose()
        {
            a.Dispose();
            b?.Dispose();
        }
    }
}
