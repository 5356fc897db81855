using System.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Models;

/// <summary>
/// Keys and values of sequences that are each at a position of their own. Rows lie side by side from the first, so that a run of them is
/// a view; one that ends makes room for the last. All that was never written is zero: a masked position must be a number.
/// </summary>
internal sealed class RowCache : IDisposable
{
    private const long LeastPositions = 64;

    private readonly Decoder _decoder;
    private readonly long _heads;
    private readonly long _width;
    private Tensor? _data; // [layers, 2, rows, kv, positions, head width]

    /// <summary>Creates an empty cache.</summary>
    /// <param name="decoder">The model.</param>
    public RowCache(Decoder decoder)
    {
        _decoder = decoder;
        _heads = decoder.Spec.KeyValueHeads;
        _width = decoder.Spec.HeadWidth;
    }

    /// <summary>Rows that there is room for.</summary>
    public long Rows => _data?.shape[2] ?? 0;

    /// <summary>Positions of a row that there is room for.</summary>
    public long Positions => _data?.shape[4] ?? 0;

    /// <summary>The positions that are set aside for a sequence of a length.</summary>
    public static long Rounded(long positions) => Math.Max(LeastPositions, (long)BitOperations.RoundUpToPowerOf2((ulong)positions));

    /// <summary>Makes room, keeping what is there.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="positions">Positions of each row.</param>
    public void Reserve(long rows, long positions)
    {
        if (rows <= Rows && positions <= Positions)
        {
            return;
        }

        using DisposeScope scope = NewDisposeScope();
        long rowsNow = rows <= Rows ? Rows : (long)BitOperations.RoundUpToPowerOf2((ulong)rows);
        long positionsNow = positions <= Positions ? Positions : Rounded(positions);
        Tensor larger = zeros([_decoder.Blocks.Count, 2, rowsNow, _heads, positionsNow, _width], _decoder.Dtype, _decoder.Device);
        if (_data is { } old)
        {
            larger.narrow(2, 0, Rows).narrow(4, 0, Positions).copy_(old);
            old.Dispose();
        }

        _data = larger.DetachFromDisposeScope();
    }

    /// <summary>Copies a row over another.</summary>
    /// <param name="from">The row.</param>
    /// <param name="to">The row that it replaces.</param>
    /// <param name="positions">How many positions count.</param>
    public void Move(long from, long to, long positions)
    {
        using DisposeScope scope = NewDisposeScope();
        if (from != to && positions > 0)
        {
            Part(to, positions).copy_(Part(from, positions));
        }
    }

    /// <summary>Exchanges two rows.</summary>
    /// <param name="first">A row.</param>
    /// <param name="second">Another.</param>
    /// <param name="positions">How many positions count in either.</param>
    public void Swap(long first, long second, long positions)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor kept = Part(first, positions).clone();
        Part(first, positions).copy_(Part(second, positions));
        Part(second, positions).copy_(kept);
    }

    /// <summary>Gives the memory back.</summary>
    public void Clear()
    {
        _data?.Dispose();
        _data = null;
    }

    /// <inheritdoc/>
    public void Dispose() => Clear();

    /// <summary>Writes positions of one layer, and shows a run of rows.</summary>
    /// <param name="side">0 for keys, 1 for values.</param>
    /// <param name="layer">Block number.</param>
    /// <param name="added">[b·kv, t, head width].</param>
    /// <param name="pass">Which rows, and where.</param>
    /// <returns>[b·kv, s, head width], a view.</returns>
    public Tensor Store(int side, int layer, Tensor added, RowPass pass)
    {
        Tensor all = _data!.select(0, layer).select(0, side); // [rows,kv,positions,w]
        all.view(-1, _width).index_copy_(0, pass.Places, added.reshape(-1, _width));
        return all.narrow(0, pass.First, pass.Count).narrow(2, 0, pass.Span).view(pass.Count * _heads, pass.Span, _width);
    }

    private Tensor Part(long row, long positions) => _data!.narrow(2, row, 1).narrow(4, 0, positions);
}
