using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Models;

/// <summary>
/// What all blocks of one forward pass share: the batch's shape, rotary tables, causal masks, and where keys and values go.
/// Sequences are padded on the right, so the causal mask alone keeps real positions from seeing padding.
/// </summary>
public sealed class AttentionContext : IDisposable
{
    private readonly DecoderSpec _spec;
    private readonly Device _device;
    private readonly ScalarType _dtype;
    private readonly Dictionary<int, Tensor> _masks = []; // by window; 0 for none
    private readonly RowPass? _rows;

    internal AttentionContext(Decoder decoder, long batch, long length, KeyValueCache? cache)
    {
        _spec = decoder.Spec;
        _device = decoder.Device;
        _dtype = decoder.Dtype;
        Batch = batch;
        Length = length;
        Store = cache;
        Start = cache?.Length ?? 0;
        PrefersFused = _device.type == DeviceType.CUDA;
        if (decoder.Rotary is { } rotary)
        {
            (Tensor cosine, Tensor sine) = rotary.SignedTables(Start, length);
            Cosine = cosine.DetachFromDisposeScope();
            Sine = sine.DetachFromDisposeScope();
        }
    }

    /// <summary>A pass over rows that are each at a position of their own.</summary>
    internal AttentionContext(Decoder decoder, RowPass pass)
    {
        _spec = decoder.Spec;
        _device = decoder.Device;
        _dtype = decoder.Dtype;
        _rows = pass;
        Batch = pass.Count;
        Length = pass.Length;
        Store = pass;
        if (decoder.Rotary is { } rotary)
        {
            (Tensor cosine, Tensor sine) = rotary.SignedTables(pass.Positions, pass.SequenceLengths); // [b,t,width]
            Cosine = cosine.DetachFromDisposeScope();
            Sine = sine.DetachFromDisposeScope();
        }
    }

    /// <summary>Sequences b.</summary>
    public long Batch { get; }

    /// <summary>Positions t of this pass.</summary>
    public long Length { get; }

    /// <summary>Positions already in the cache.</summary>
    public long Start { get; }

    /// <summary>Earlier keys and values, or null.</summary>
    internal IKeyValueStore? Store { get; }

    /// <summary>Positions [b·t] where rows are each at their own; null where all are at <see cref="Start"/>.</summary>
    internal Tensor? RowPositions => _rows?.Positions;

    /// <summary>
    /// Whether attention that is causal and nothing else goes through libtorch's fused kernel. On CUDA it never forms the scores; on a
    /// CPU plain products are the faster way: forward and backward of 8 rows of 256 positions took 31 ms against 60 ms in bfloat16,
    /// 55 ms against 53 ms in float32.
    /// </summary>
    internal bool PrefersFused { get; set; }

    /// <summary>[t,width], or [b,t,width] where rows are each at their own position.</summary>
    internal Tensor? Cosine { get; }

    /// <summary>As <see cref="Cosine"/>.</summary>
    internal Tensor? Sine { get; }

    private long Span => _rows?.Span ?? (Start + Length);

    /// <summary>
    /// The additive mask of a window: 0 where a query may look, −∞ elsewhere, [groups·t, start+t], the same rows for each
    /// query head of a group; [b·kv, groups·t, s] where rows are each at their own position.
    /// </summary>
    /// <param name="window">Positions seen, the query's own included; null for all.</param>
    public Tensor Mask(int? window)
    {
        int key = window is { } w && w < Span ? w : 0;
        if (_masks.TryGetValue(key, out Tensor? mask))
        {
            return mask;
        }

        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor queries = _rows?.Positions.view(Batch, Length, 1) ?? Range(Start, Start + Length, ScalarType.Int64, _device).unsqueeze(1); // [(b,)t,1]
        Tensor keys = Range(0, Span, ScalarType.Int64, _device).unsqueeze(0); // [1,s]
        Tensor hidden = keys > queries; // [(b,)t,s]
        if (key > 0)
        {
            hidden = hidden.logical_or(keys <= queries - Held(key));
        }

        mask = zeros(hidden.shape, _dtype, _device).masked_fill_(hidden, Held(double.NegativeInfinity));
        long groups = _spec.Heads / _spec.KeyValueHeads;
        mask = _rows is null
            ? mask.repeat(groups, 1) // [g·t,s]
            : mask.view(Batch, 1, 1, Length, Span).expand(Batch, _spec.KeyValueHeads, groups, Length, Span).reshape(-1, groups * Length, Span); // [b·kv,g·t,s]
        _masks[key] = mask.DetachFromDisposeScope();
        return mask;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Cosine?.Dispose();
        Sine?.Dispose();
        foreach (Tensor mask in _masks.Values)
        {
            mask.Dispose();
        }
    }
}
