using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Adapters;

/// <summary>
/// Adapters on a decoder that are applied and not trained. Several on one map add up, each with its weight; they are switched
/// on and off as a whole, and off, the model is the base.
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
    {
        ModuleNames names = ModuleNames.Of(decoder.Spec);
        using AdapterFactors sum = AdapterComposition.Sum(adapters, names.Resolve);
        Dictionary<string, LinearMap> maps = decoder.Maps.ToDictionary(map => map.Name, StringComparer.Ordinal);
        foreach (ModuleFactors module in sum.Modules)
        {
            Shapes.Require(sum.Source, module, maps[module.Module].OutputWidth, maps[module.Module].InputWidth);
            if (maps[module.Module].Delta is not null)
            {
                throw new InvalidOperationException($"'{module.Module}' already carries an adapter; dispose that one first, or attach both together.");
            }
        }

        Decoder = decoder;
        using IDisposable noGrad = no_grad();
        foreach (ModuleFactors module in sum.Modules)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor a = module.A.to(decoder.Dtype, decoder.Device, copy: true).t(); // [i,k]
            Tensor b = (module.B * Held(module.Scale)).to(decoder.Dtype, decoder.Device, copy: true).t(); // [k,o]
            Delta delta = new(this, maps[module.Module], a.DetachFromDisposeScope(), b.DetachFromDisposeScope());
            delta.Map.Delta = delta;
            _deltas.Add(delta);
        }
    }

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

            delta.Dispose();
        }

        _deltas.Clear();
    }

    private sealed class Delta(FixedAdapter owner, LinearMap map, Tensor a, Tensor b) : ILinearDelta, IDisposable
    {
        public LinearMap Map { get; } = map;

        public Tensor AddTo(Tensor output, Tensor input) =>
            owner.Enabled ? output.addmm_(input.mm(a), b) : output; // y + (x Aᵀ)(s·B)ᵀ

        public void Dispose()
        {
            a.Dispose();
            b.Dispose();
        }
    }
}
