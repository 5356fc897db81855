namespace LoraUnlearn.Adapters;

/// <summary>Keeps an adapter off until it is disposed, then sets it back to what it was; nests.</summary>
internal sealed class AdapterSwitch : IDisposable
{
    private readonly bool _before;
    private readonly Action<bool> _set;

    /// <summary>Switches off.</summary>
    /// <param name="before">Whether the adapter is on now.</param>
    /// <param name="set">Switches it.</param>
    public AdapterSwitch(bool before, Action<bool> set)
    {
        _before = before;
        _set = set;
        set(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _set(_before);
}
