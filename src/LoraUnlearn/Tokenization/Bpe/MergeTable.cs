using System.Buffers;
using System.Numerics;

namespace LoraUnlearn.Tokenization.Bpe;

/// <summary>The merges of a vocabulary: from a pair of ids to its rank and the id it becomes. Open addressing.</summary>
internal sealed class MergeTable
{
    private const ulong Free = ulong.MaxValue;

    private readonly ulong[] _keys;
    private readonly (int Rank, int Id)[] _values;
    private readonly int _shift;

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

/// <summary>Merges that could be made, the one of lowest rank first, and of equal rank the leftmost: a binary heap.</summary>
internal struct MergeQueue(int capacity)
{
    private long[] _heap = ArrayPool<long>.Shared.Rent(Math.Max(capacity, 16));
    private int _count;

    /// <summary>Adds a merge of the pair that begins at a position of the word.</summary>
    public void Push(int rank, int position)
    {
        if (_count == _heap.Length)
        {
            long[] larger = ArrayPool<long>.Shared.Rent(_count * 2);
            _heap.AsSpan(0, _count).CopyTo(larger);
            ArrayPool<long>.Shared.Return(_heap);
            _heap = larger;
        }

        long entry = ((long)rank << 32) | (uint)position;
        int child = _count++;
        while (child > 0 && _heap[(child - 1) / 2] > entry)
        {
            _heap[child] = _heap[(child - 1) / 2];
            child = (child - 1) / 2;
        }

        _heap[child] = entry;
    }

    /// <summary>Takes the merge of lowest rank, of equal ones the leftmost; false where none is left.</summary>
    public bool TryPop(out int rank, out int position)
    {
        (rank, position) = (0, 0);
        if (_count == 0)
        {
            return false;
        }

        (rank, position) = ((int)(_heap[0] >> 32), (int)_heap[0]);
        long entry = _heap[--_count];
        int parent = 0;
        while ((parent * 2) + 1 < _count)
        {
            int child = (parent * 2) + 1;
            child += child + 1 < _count && _heap[child + 1] < _heap[child] ? 1 : 0;
            if (_heap[child] >= entry)
            {
                break;
            }

            _heap[parent] = _heap[child];
            parent = child;
        }

        _heap[parent] = entry;
        return true;
    }

    /// <summary>Gives the memory back.</summary>
    public readonly void Dispose() => ArrayPool<long>.Shared.Return(_heap);
}
