using LoraUnlearn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Models;

/// <summary>Causal self-attention with grouped queries, in whichever projection layout the checkpoint has.</summary>
public sealed class Attention
{
    private readonly DecoderSpec _spec;
    private readonly RotaryEmbedding? _rotary;
    private readonly Norm? _queryNorm;
    private readonly Norm? _keyNorm;
    private readonly int? _window;
    private readonly double _scale;
    private readonly int _layer;
    private readonly LinearMap _query; // or the fused projection
    private readonly LinearMap? _key;
    private readonly LinearMap? _value;
    private readonly LinearMap _output;

    internal Attention(DecoderSpec spec, int layer, RotaryEmbedding? rotary, LinearMap query, LinearMap? key, LinearMap? value, LinearMap output, Norm? queryNorm, Norm? keyNorm)
    {
        _spec = spec;
        _layer = layer;
        _rotary = rotary;
        _window = spec.WindowOf(layer);
        _scale = spec.AttentionScaleOf(layer);
        _query = query;
        _key = key;
        _value = value;
        _output = output;
        _queryNorm = queryNorm;
        _keyNorm = keyNorm;
    }

    /// <summary>Attends.</summary>
    /// <param name="input">Normalised hidden states [b·t,d].</param>
    /// <param name="context">Shapes, tables and masks of the pass.</param>
    /// <param name="observer">Sees the linear maps, or null.</param>
    /// <returns>[b·t,d].</returns>
    public Tensor Forward(Tensor input, AttentionContext context, ILinearObserver? observer)
    {
        long b = context.Batch, t = context.Length, kv = _spec.KeyValueHeads, g = _spec.Heads / kv, w = _spec.HeadWidth;
        (Tensor query, Tensor key, Tensor value) = Project(input, b, t, observer); // [b,t,kv,g,w], [b,t,kv,w], [b,t,kv,w]
        if (_queryNorm is not null && _keyNorm is not null)
        {
            query = _queryNorm.Forward(query);
            key = _keyNorm.Forward(key);
        }

        query = query.permute(0, 2, 3, 1, 4); // [b,kv,g,t,w]
        key = key.permute(0, 2, 1, 3); // [b,kv,t,w]
        value = value.permute(0, 2, 1, 3);
        if (_rotary is not null)
        {
            query = _rotary.Rotate(query, context.Cosine!, context.Sine!);
            key = _rotary.Rotate(key, context.Cosine!, context.Sine!);
        }

        // The g query heads that share a key/value head are stacked along the rows: keys and values are never repeated.
        query = query.reshape(b * kv, g * t, w);
        key = key.reshape(b * kv, t, w);
        value = value.reshape(b * kv, t, w);
        if (context.Cache is { } cache)
        {
            (key, value) = cache.Append(_layer, key, value);
        }

        Tensor mixed = Attend(query, key, value, context.Mask(_window)); // [b·kv, g·t, w]
        mixed = mixed.view(b, kv * g, t, w).transpose(1, 2).reshape(b * t, kv * g * w);
        return _output.Forward(mixed, observer);
    }

    private Tensor Attend(Tensor query, Tensor key, Tensor value, Tensor mask)
    {
        Tensor keyTransposed = key.transpose(1, 2); // [b·kv,w,s]
        Tensor scores;
        if (_spec.AttentionSoftCap is { } cap)
        {
            scores = query.bmm(keyTransposed).mul(_scale / cap).tanh().mul(cap) + mask;
        }
        else
        {
            scores = TorchOddities.AddBatchedProduct(mask, query, keyTransposed, _scale); // [b·kv, g·t, s]
        }

        Tensor weights = scores.dtype is ScalarType.Float16 or ScalarType.BFloat16
            ? scores.softmax(-1, ScalarType.Float32).to_type(scores.dtype)
            : scores.softmax(-1);
        return weights.bmm(value);
    }

    private (Tensor Query, Tensor Key, Tensor Value) Project(Tensor input, long b, long t, ILinearObserver? observer)
    {
        long kv = _spec.KeyValueHeads, heads = _spec.Heads, g = heads / kv, w = _spec.HeadWidth;
        Tensor first = _query.Forward(input, observer);
        switch (_spec.QueryKeyValue)
        {
            case ProjectionLayout.Separate:
                Tensor key = _key!.Forward(input, observer);
                Tensor value = _value!.Forward(input, observer);
                return (first.view(b, t, kv, g, w), key.view(b, t, kv, w), value.view(b, t, kv, w));

            case ProjectionLayout.Concatenated:
                return (
                    first.narrow(1, 0, heads * w).view(b, t, kv, g, w),
                    first.narrow(1, heads * w, kv * w).view(b, t, kv, w),
                    first.narrow(1, (heads + kv) * w, kv * w).view(b, t, kv, w));

            default:
                Tensor byHead = first.view(b, t, heads, 3, w);
                return (
                    byHead.select(3, 0).view(b, t, kv, g, w),
                    byHead.select(3, 1),
                    byHead.select(3, 2));
        }
    }
}
