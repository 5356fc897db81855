using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Adapters;

/// <summary>
/// Many adapters on one frozen base in memory, applied and not trained. Which of them counts is chosen for all sequences or for each
/// one of a batch; a choice copies nothing of the base. Not safe for concurrent use: whoever runs the decoder chooses.
/// </summary>
public sealed class ResidentAdapters : IDisposable
{
    private readonly List<ResidentAdapter> _adapters = [];
    private readonly Dictionary<LinearMap, ResidentDelta> _deltas = [];
    private readonly HashSet<ResidentAdapter> _withheld = [];
    private IReadOnlyList<ResidentAdapter?>? _rows; // by sequence of the batch; null where all use Active
    private AdapterGroup? _group; // of the last mixed batch

    /// <summary>Prepares a base for adapters.</summary>
    /// <param name="decoder">The base; it outlives this object.</param>
    public ResidentAdapters(Decoder decoder)
    {
        Decoder = decoder;
    }

    /// <summary>The base.</summary>
    public Decoder Decoder { get; }

    /// <summary>The adapters in memory, in the order in which they came.</summary>
    public IReadOnlyList<ResidentAdapter> All => _adapters;

    /// <summary>What every sequence uses unless rows are chosen one by one; null for the base.</summary>
    public ResidentAdapter? Active { get; private set; }

    /// <summary>What the next pass adds; null for nothing.</summary>
    internal AdapterPlan? Plan { get; private set; }

    /// <summary>Takes an adapter into memory, in the decoder's type.</summary>
    /// <param name="name">Its name, not yet taken.</param>
    /// <param name="adapters">One adapter, or several that add up with their weights.</param>
    /// <exception cref="InputException">The name is taken, a map is not the model's or has other widths, or a value is not finite.</exception>
    /// <exception cref="InvalidOperationException">A map carries a change that is not this object's.</exception>
    public ResidentAdapter Add(string name, params IReadOnlyList<WeightedAdapter> adapters)
    {
        if (Find(name) is not null)
        {
            throw new InputException($"There is an adapter '{name}' already; give this one another name.");
        }

        ModuleNames names = ModuleNames.Of(Decoder.Spec);
        using IDisposable noGrad = no_grad();
        using AdapterFactors sum = AdapterComposition.Sum(adapters, names.Resolve);
        Dictionary<string, LinearMap> maps = Decoder.Maps.ToDictionary(map => map.Name, StringComparer.Ordinal);
        using DisposeScope scope = NewDisposeScope();
        List<(LinearMap Map, Tensor A, Tensor B)> factors = [];
        foreach (ModuleFactors module in sum.Modules)
        {
            LinearMap map = maps[module.Module];
            Shapes.Require(sum.Source, module, map.OutputWidth, map.InputWidth);
            if (map.Delta is not null && !_deltas.ContainsKey(map))
            {
                throw new InvalidOperationException($"'{map.Name}' already carries an adapter; dispose that one first.");
            }

            Tensor a = module.A.to(Decoder.Dtype, Decoder.Device, copy: true); // [k,i]
            Tensor b = module.B.mul(Held(module.Scale)).t().contiguous().to(Decoder.Dtype, Decoder.Device, copy: true); // [k,o]
            RequireFinite(sum.Source, map, a, b);
            factors.Add((map, a, b));
        }

        ResidentAdapter adapter = new(name, factors.Sum(part => (part.A.numel() * part.A.element_size()) + (part.B.numel() * part.B.element_size())));
        foreach ((LinearMap map, Tensor a, Tensor b) in factors)
        {
            DeltaOf(map).Add(adapter, a.DetachFromDisposeScope(), b.DetachFromDisposeScope());
        }

        _adapters.Add(adapter);
        return adapter;
    }

    /// <summary>The adapter of a name, or null.</summary>
    public ResidentAdapter? Find(string name) => _adapters.Find(adapter => adapter.Name == name);

    /// <summary>Frees an adapter; sequences that used it use the base.</summary>
    /// <exception cref="InvalidOperationException">Rows are chosen one by one just now, and one of them uses it.</exception>
    public void Remove(ResidentAdapter adapter)
    {
        if (_rows is not null && _rows.Contains(adapter))
        {
            throw new InvalidOperationException($"'{adapter.Name}' is in use; end the choice of rows first.");
        }

        if (!_adapters.Remove(adapter))
        {
            return;
        }

        Active = ReferenceEquals(Active, adapter) ? null : Active;
        _withheld.Remove(adapter);
        foreach ((LinearMap map, ResidentDelta delta) in _deltas.ToList())
        {
            if (delta.Remove(adapter))
            {
                _deltas.Remove(map);
                map.Delta = null;
                delta.Dispose();
            }
        }

        _group = null;
        Choose();
    }

    /// <summary>Chooses for all sequences, until further notice.</summary>
    /// <param name="adapter">The adapter; null for the base.</param>
    public void Use(ResidentAdapter? adapter)
    {
        Require(adapter);
        Active = adapter;
        Choose();
    }

    /// <summary>Chooses for each sequence of the batches that follow, until the result is disposed.</summary>
    /// <param name="rows">By sequence: its adapter, or null for the base.</param>
    /// <exception cref="ArgumentException">No sequence, or an adapter that is not among these.</exception>
    public IDisposable UseRows(IReadOnlyList<ResidentAdapter?> rows)
    {
        if (rows.Count == 0)
        {
            throw new ArgumentException("A batch has at least one sequence.", nameof(rows));
        }

        foreach (ResidentAdapter? adapter in rows)
        {
            Require(adapter);
        }

        IReadOnlyList<ResidentAdapter?>? before = _rows;
        _rows = [.. rows];
        Choose();
        return new Restoring(() =>
        {
            _rows = before;
            Choose();
        });
    }

    /// <summary>Withholds one adapter until the result is disposed: what would use it uses the base, the rest is as it was.</summary>
    /// <param name="adapter">The adapter.</param>
    public IDisposable Without(ResidentAdapter adapter)
    {
        Require(adapter);
        bool first = _withheld.Add(adapter);
        Choose();
        return new Restoring(() =>
        {
            if (first)
            {
                _withheld.Remove(adapter);
                Choose();
            }
        });
    }

    /// <summary>Takes the adapters off the decoder and frees them.</summary>
    public void Dispose()
    {
        Plan?.Dispose();
        Plan = null;
        foreach ((LinearMap map, ResidentDelta delta) in _deltas)
        {
            map.Delta = null;
            delta.Dispose();
        }

        _deltas.Clear();
        _adapters.Clear();
        _group = null;
    }

    private static void RequireFinite(string source, LinearMap map, Tensor a, Tensor b)
    {
        // Rows of a mixed batch meet each other's factors, times zero: what is not finite would spoil them.
        if (!a.isfinite().all().item<bool>() || !b.isfinite().all().item<bool>())
        {
            throw new InputException($"{source}: the adapter of '{map.Name}' has values that are not finite in {a.dtype}; train or export it again.");
        }
    }

    private ResidentDelta DeltaOf(LinearMap map)
    {
        if (!_deltas.TryGetValue(map, out ResidentDelta? delta))
        {
            _deltas[map] = delta = new ResidentDelta(this);
            map.Delta = delta;
        }

        return delta;
    }

    private void Require(ResidentAdapter? adapter)
    {
        if (adapter is not null && !_adapters.Contains(adapter))
        {
            throw new ArgumentException($"'{adapter.Name}' is not among these adapters.", nameof(adapter));
        }
    }

    private void Choose()
    {
        Plan?.Dispose();
        Plan = null;
        ResidentAdapter?[] rows = [.. (_rows ?? [Active]).Select(adapter => adapter is not null && _withheld.Contains(adapter) ? null : adapter)];
        HashSet<ResidentAdapter> used = [.. rows.OfType<ResidentAdapter>()];
        if (used.Count == 0)
        {
            return;
        }

        if (used.Count == 1 && Array.TrueForAll(rows, adapter => adapter is not null))
        {
            Plan = new AdapterPlan(rows[0]!);
            return;
        }

        _group = _group is { } group && group.Serves(used) ? group : new AdapterGroup([.. _adapters.Where(used.Contains)]);
        Plan = new AdapterPlan(_group, rows);
    }

    private sealed class Restoring(Action restore) : IDisposable
    {
        private Action? _restore = restore;

        public void Dispose()
        {
            _restore?.Invoke();
            _restore = null;
        }
    }
}
