using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Adapters;

/// <summary>Adapters whose factors lie side by side, so that one product serves rows of any of them.</summary>
/// <param name="Members">The adapters, in the order of their columns.</param>
internal sealed record AdapterGroup(IReadOnlyList<ResidentAdapter> Members)
{
    /// <summary>Whether it has all of them, and not so many more that their products would be wasted.</summary>
    public bool Serves(IReadOnlyCollection<ResidentAdapter> used) =>
        Members.Count <= Math.Max(4, 2 * used.Count) && used.All(Members.Contains);
}

/// <summary>Which adapter each row of a pass uses: one for all, or one of a group for each sequence.</summary>
internal sealed class AdapterPlan : IDisposable
{
    private readonly long[] _owners = []; // by sequence: place in the group, −1 for the base
    private readonly Dictionary<(string Layout, long Rows), Tensor> _foreign = [];

    /// <summary>One adapter for every row.</summary>
    public AdapterPlan(ResidentAdapter single)
    {
        Single = single;
    }

    /// <summary>An adapter, or none, for each sequence.</summary>
    public AdapterPlan(AdapterGroup group, IReadOnlyList<ResidentAdapter?> rows)
    {
        Group = group;
        Dictionary<ResidentAdapter, long> places = group.Members.Select((adapter, place) => (adapter, place)).ToDictionary(pair => pair.adapter, pair => (long)pair.place);
        _owners = [.. rows.Select(adapter => adapter is null ? -1 : places[adapter])];
    }

    /// <summary>The adapter of every row, or null.</summary>
    public ResidentAdapter? Single { get; }

    /// <summary>The adapters of the rows, where they differ.</summary>
    public AdapterGroup? Group { get; }

    /// <summary>Where a row meets a column of another adapter than its own; the same for all maps with the same layout.</summary>
    /// <param name="columns">By column K: the place of its adapter in the group.</param>
    /// <param name="layout">Text that is the same where the columns are.</param>
    /// <param name="rows">n = b·t.</param>
    /// <param name="device">Where the pass runs.</param>
    /// <returns>bool [n,K], owned by the plan.</returns>
    /// <exception cref="InvalidOperationException">The batch is not the one that the rows were chosen for.</exception>
    public Tensor Foreign(IReadOnlyList<long> columns, string layout, long rows, Device device)
    {
        if (_foreign.TryGetValue((layout, rows), out Tensor? mask))
        {
            return mask;
        }

        if (rows % _owners.Length != 0)
        {
            throw new InvalidOperationException($"Adapters were chosen for {_owners.Length} sequences, but the pass has {rows} rows, which is no multiple of that.");
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor owners = tensor(_owners, dtype: ScalarType.Int64).unsqueeze(1).expand(_owners.Length, rows / _owners.Length).reshape(rows, 1);
        mask = owners.ne(tensor((long[])[.. columns], dtype: ScalarType.Int64).unsqueeze(0)).to(device).DetachFromDisposeScope(); // [n,K]
        _foreign[(layout, rows)] = mask;
        return mask;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor mask in _foreign.Values)
        {
            mask.Dispose();
        }
    }
}
