using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Models;

/// <summary>A part of a row's tokens that a pass takes in.</summary>
/// <param name="Start">Positions already in the cache.</param>
/// <param name="Added">Tokens of this pass, at least one.</param>
/// <param name="Length">Length of the whole sequence, these tokens and what follows them included.</param>
internal readonly record struct RowSpan(long Start, long Added, long Length);

/// <summary>
/// One pass over a run of a <see cref="RowCache"/>'s rows, each at a position of its own. Rows with fewer tokens than the longest are
/// padded on the right: what padding writes lies behind the row's end, where nothing looks until it is written over.
/// </summary>
internal sealed class RowPass : IKeyValueStore, IDisposable
{
    private readonly RowCache _cache;

    /// <summary>Prepares a pass, and makes room for what it writes.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="cache">Where keys and values are.</param>
    /// <param name="first">The first row.</param>
    /// <param name="spans">By row, what it takes in.</param>
    public RowPass(Decoder decoder, RowCache cache, int first, IReadOnlyList<RowSpan> spans)
    {
        _cache = cache;
        First = first;
        Count = spans.Count;
        Length = spans.Max(span => span.Added);
        Span = spans.Max(span => span.Start) + Length;
        SequenceLengths = [.. spans.Select(span => span.Length)];
        cache.Reserve(first + Count, Span);
        long t = Length, heads = decoder.Spec.KeyValueHeads, room = cache.Positions;
        long[] positions = new long[Count * t], places = new long[Count * heads * t];
        for (int row = 0; row < Count; row++)
        {
            for (long step = 0; step < t; step++)
            {
                // Padding looks like the row's last token, so that no table is left; only its place is its own.
                positions[(row * t) + step] = Math.Min(spans[row].Start + step, spans[row].Start + spans[row].Added - 1);
                for (long head = 0; head < heads; head++)
                {
                    places[(((row * heads) + head) * t) + step] = ((((first + row) * heads) + head) * room) + spans[row].Start + step;
                }
            }
        }

        Positions = tensor(positions, dtype: ScalarType.Int64, device: decoder.Device).DetachFromDisposeScope();
        Places = tensor(places, dtype: ScalarType.Int64, device: decoder.Device).DetachFromDisposeScope();
    }

    /// <summary>The first row of the run.</summary>
    public int First { get; }

    /// <summary>Rows b.</summary>
    public int Count { get; }

    /// <summary>Tokens t of a row in this pass, padding included.</summary>
    public long Length { get; }

    /// <summary>Positions s that the pass looks at: to the end of the longest row.</summary>
    public long Span { get; }

    /// <summary>By row, the length of its whole sequence.</summary>
    public IReadOnlyList<long> SequenceLengths { get; }

    /// <summary>By row and token, its position [b·t], int64.</summary>
    public Tensor Positions { get; }

    /// <summary>By row, head and token, its place among all of a layer's keys [b·kv·t], int64.</summary>
    public Tensor Places { get; }

    /// <inheritdoc/>
    public (Tensor Keys, Tensor Values) Append(int layer, Tensor keys, Tensor values) =>
        (_cache.Store(0, layer, keys, this), _cache.Store(1, layer, values, this));

    /// <inheritdoc/>
    public void Dispose()
    {
        Positions.Dispose();
        Places.Dispose();
    }
}
