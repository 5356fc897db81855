using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Adapters;

/// <summary>
/// The changes that resident adapters make to one linear map. Rows of several adapters go through one product: with the factors side
/// by side, y += ((x [A₁ᵀ … A_uᵀ]) ⊙ M) [B₁; …; B_u], where M is zero in the columns of other adapters than the row's own. Each adapter
/// is read once, whatever the number of its rows, nothing is padded where ranks differ, and there is no loop over rows or adapters.
/// </summary>
internal sealed class ResidentDelta : ILinearDelta, IDisposable
{
    private readonly ResidentAdapters _owner;
    private readonly Dictionary<ResidentAdapter, (Tensor A, Tensor B)> _factors = []; // [k,i] and s·Bᵀ [k,o]
    private Joined? _joined;

    public ResidentDelta(ResidentAdapters owner)
    {
        _owner = owner;
    }

    /// <summary>Takes the factors of an adapter over.</summary>
    /// <param name="adapter">The adapter.</param>
    /// <param name="a">A [k,i].</param>
    /// <param name="b">s·Bᵀ [k,o].</param>
    public void Add(ResidentAdapter adapter, Tensor a, Tensor b) => _factors[adapter] = (a, b);

    /// <summary>Frees those of one adapter.</summary>
    /// <returns>Whether no other is left.</returns>
    public bool Remove(ResidentAdapter adapter)
    {
        if (_factors.Remove(adapter, out (Tensor A, Tensor B) factors))
        {
            factors.A.Dispose();
            factors.B.Dispose();
            _joined?.Dispose();
            _joined = null;
        }

        return _factors.Count == 0;
    }

    /// <inheritdoc/>
    public Tensor AddTo(Tensor output, Tensor input)
    {
        if (_owner.Plan is not { } plan)
        {
            return output;
        }

        if (plan.Single is { } single)
        {
            return _factors.TryGetValue(single, out (Tensor A, Tensor B) own) ? output.addmm_(input.mm(own.A.t()), own.B) : output;
        }

        Joined joined = Join(plan.Group!);
        if (joined.A is not { } a || joined.B is not { } b)
        {
            return output;
        }

        Tensor inner = input.mm(a.t()); // [n,K]
        inner.masked_fill_(plan.Foreign(joined.Columns, joined.Layout, input.shape[0], input.device), Held(0.0));
        return output.addmm_(inner, b); // [n,o]
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _joined?.Dispose();
        foreach ((Tensor a, Tensor b) in _factors.Values)
        {
            a.Dispose();
            b.Dispose();
        }
    }

    // Made at the first pass of a group, so that choosing itself costs nothing.
    private Joined Join(AdapterGroup group)
    {
        if (_joined is { } kept && ReferenceEquals(kept.Group, group))
        {
            return kept;
        }

        _joined?.Dispose();
        using DisposeScope scope = NewDisposeScope();
        List<Tensor> a = [], b = [];
        List<long> columns = [];
        for (int place = 0; place < group.Members.Count; place++)
        {
            if (_factors.TryGetValue(group.Members[place], out (Tensor A, Tensor B) factors))
            {
                a.Add(factors.A);
                b.Add(factors.B);
                columns.AddRange(Enumerable.Repeat((long)place, (int)factors.A.shape[0]));
            }
        }

        return _joined = new Joined(
            group,
            a.Count == 0 ? null : cat(a, 0).DetachFromDisposeScope(),
            b.Count == 0 ? null : cat(b, 0).DetachFromDisposeScope(),
            columns,
            string.Join(',', columns.GroupBy(place => place).Select(columnsOf => $"{columnsOf.Key}:{columnsOf.Count()}")));
    }

    // A [K,i] and s·Bᵀ [K,o] of the group's members that change this map, and which column belongs to which member.
    private sealed record Joined(AdapterGroup Group, Tensor? A, Tensor? B, IReadOnlyList<long> Columns, string Layout) : IDisposable
    {
        public void Dispose()
        {
            A?.Dispose();
            B?.Dispose();
        }
    }
}
