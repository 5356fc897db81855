using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Models;

/// <summary>Where the blocks of a pass put keys and values, and find the earlier ones.</summary>
internal interface IKeyValueStore
{
    /// <summary>Stores the new positions of a layer and returns everything so far.</summary>
    /// <param name="layer">Block number.</param>
    /// <param name="keys">New keys [b·kv, t, head width].</param>
    /// <param name="values">New values [b·kv, t, head width].</param>
    /// <returns>All keys and values [b·kv, s, head width]; views in the caller's dispose scope.</returns>
    (Tensor Keys, Tensor Values) Append(int layer, Tensor keys, Tensor values);
}

/// <summary>Keys and values of the positions seen so far, for one generation run.</summary>
public sealed class KeyValueCache : IKeyValueStore, IDisposable
{
    private readonly Tensor?[] _keys; // [b·kv, capacity, head width]
    private readonly Tensor?[] _values;

    /// <summary>Creates an empty cache.</summary>
    /// <param name="layers">Number of blocks.</param>
    public KeyValueCache(int layers)
    {
        _keys = new Tensor?[layers];
        _values = new Tensor?[layers];
    }

    /// <summary>Positions already stored; the same for every layer between two forward passes.</summary>
    public long Length { get; private set; }

    /// <summary>Appends the new positions of a layer and returns everything so far.</summary>
    /// <param name="layer">Block number.</param>
    /// <param name="keys">New keys [b·kv, t, head width].</param>
    /// <param name="values">New values [b·kv, t, head width].</param>
    /// <returns>All keys and values [b·kv, length+t, head width]; views that the caller disposes.</returns>
    public (Tensor Keys, Tensor Values) Append(int layer, Tensor keys, Tensor values)
    {
        long added = keys.shape[1];
        Store(ref _keys[layer], keys);
        Store(ref _values[layer], values);
        return (_keys[layer]!.narrow(1, 0, Length + added), _values[layer]!.narrow(1, 0, Length + added));
    }

    /// <summary>Counts the positions of a finished forward pass.</summary>
    /// <param name="positions">Number of positions.</param>
    public void Advance(long positions) => Length += positions;

    /// <summary>Forgets all positions; the memory stays for new ones.</summary>
    public void Clear() => Length = 0;

    /// <summary>Keeps only some sequences of the batch.</summary>
    /// <param name="rows">Which rows of the first dimension (sequence × key/value head) to keep, int64.</param>
    public void Select(Tensor rows)
    {
        foreach (Tensor?[] side in new[] { _keys, _values })
        {
            for (int layer = 0; layer < side.Length; layer++)
            {
                if (side[layer] is { } old)
                {
                    side[layer] = old.index_select(0, rows).DetachFromDisposeScope();
                    old.Dispose();
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor? tensor in _keys.Concat(_values))
        {
            tensor?.Dispose();
        }
    }

    private void Store(ref Tensor? buffer, Tensor added)
    {
        using DisposeScope scope = NewDisposeScope();
        long needed = Length + added.shape[1];
        if (buffer is null || buffer.shape[1] < needed)
        {
            long capacity = Math.Max(64, (long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)needed));
            Tensor larger = empty([added.shape[0], capacity, added.shape[2]], added.dtype, added.device).DetachFromDisposeScope();
            if (buffer is not null)
            {
                Tensor target = larger.narrow(1, 0, Length);
                Tensor source = buffer.narrow(1, 0, Length);
                target.copy_(source);
                buffer.Dispose();
            }

            buffer = larger;
        }

        Tensor place = buffer.narrow(1, Length, added.shape[1]);
        place.copy_(added);
    }
}
