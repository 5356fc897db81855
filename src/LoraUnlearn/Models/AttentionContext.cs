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

    internal AttentionContext(Decoder decoder, long batch, long length, KeyValueCache? cache)
    {
        _spec = decoder.Spec;
        _device = decoder.Device;
        _dtype = decoder.Dtype;
        Batch = batch;
        Length = length;
        Cache = cache;
        Start = cache?.Length ?? 0;
        PrefersFused = _device.type == DeviceType.CUDA;
        if (decoder.Rotary is { } rotary)
        {
            (Tensor cosine, Tensor sine) = rotary.SignedTables(Start, length);
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
    public KeyValueCache? Cache { get; }

    /// <summary>
    /// Whether attention that is causal and nothing else goes through libtorch's fused kernel. On CUDA it never forms the scores; on a
    /// CPU plain products are the faster way: forward and backward of 8 rows of 256 positions took 31 ms against 60 ms in bfloat16,
    /// 55 ms against 53 ms in float32.
    /// </summary>
    internal bool PrefersFused { get; set; }

    internal Tensor? Cosine { get; }

    internal Tensor? Sine { get; }

    /// <summary>
    /// The additive mask of a window: 0 where a query may look, −∞ elsewhere, [groups·t, start+t], the same rows for each
    /// query head of a group.
    /// </summary>
    /// <param name="window">Positions seen, the query's own included; null for all.</param>
    public Tensor Mask(int? window)
    {
        int key = window is { } w && w < Start + Length ? w : 0;
        if (_masks.TryGetValue(key, out Tensor? mask))
        {
            return mask;
        }

        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor queries = Range(Start, Start + Length, ScalarType.Int64, _device).unsqueeze(1); // [t,1]
        Tensor keys = Range(0, Start + Length, ScalarType.Int64, _device).unsqueeze(0); // [1,s]
        Tensor hidden = keys > queries; // [t,s]
        if (key > 0)
        {
            hidden = hidden.logical_or(keys <= queries - Held(key));
        }

        mask = zeros([Length, Start + Length], _dtype, _device).masked_fill_(hidden, Held(double.NegativeInfinity));
        mask = mask.repeat(_spec.Heads / _spec.KeyValueHeads, 1).DetachFromDisposeScope(); // [g·t,s]
        _masks[key] = mask;
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
