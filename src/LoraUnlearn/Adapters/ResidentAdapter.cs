namespace LoraUnlearn.Adapters;

/// <summary>One of the adapters that lie in memory beside a base (<see cref="ResidentAdapters"/>).</summary>
public sealed class ResidentAdapter
{
    internal ResidentAdapter(string name, long bytes)
    {
        Name = name;
        Bytes = bytes;
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Memory of its factors, in bytes.</summary>
    public long Bytes { get; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
