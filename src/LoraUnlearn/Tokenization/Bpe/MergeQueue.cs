using System.Buffers;

namespace LoraUnlearn.Tokenization.Bpe;

/// <summary>Merges that could be made, the one of lowest rank first, and of equal rank the leftmost: a binary heap.</summary>
internal struct MergeQueue(int capacity)
{
    private long[] _heap = ArrayPool<long>.Shared.Rent(Math.Max(capacity, 16));
    private int _count;

    /// <summary>Adds a merge.</summary>
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

    /// <summary>Takes the first merge.</summary>
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
