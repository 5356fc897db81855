using System.Numerics;

namespace LoraUnlearn.Tokenization.Bpe;

/// <summary>The merges of a vocabulary: from a pair of ids to its rank and the id it becomes. Open addressing.</summary>
internal sealed class MergeTable
{
    private const ulong Free = ulong.MaxValue;

    private readonly ulong[] _keys;
    private readonly (int Rank, int Id)[] _values;
    private readonly int _shift;

    /// <summary>Creates a table with room for the given number of merges.</summary>
    public MergeTable(int count)
    {
        int capacity = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, count * 2));
        _keys = new ulong[capacity];
        Array.Fill(_keys, Free);
        _values = new (int, int)[capacity];
        _shift = 64 - BitOperations.Log2((uint)capacity);
    }

    /// <summary>Sets what a pair becomes. A pair that is given again takes the later rank.</summary>
    public void Set(int left, int right, int rank, int id)
    {
        ulong key = Key(left, right);
        int slot = Find(key);
        _keys[slot] = key;
        _values[slot] = (rank, id);
    }

    /// <summary>What a pair becomes, if there is a merge for it.</summary>
    public bool TryGet(int left, int right, out int rank, out int id)
    {
        int slot = Find(Key(left, right));
        (rank, id) = _values[slot];
        return _keys[slot] != Free;
    }

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    private int Find(ulong key)
    {
        // Fibonacci hashing; the table is at most half full.
        int slot = (int)((key * 0x9E3779B97F4A7C15UL) >> _shift);
        while (_keys[slot] != Free && _keys[slot] != key)
        {
            slot = (slot + 1) & (_keys.Length - 1);
        }

        return slot;
    }
}
