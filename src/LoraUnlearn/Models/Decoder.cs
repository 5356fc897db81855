using LoraUnlearn.Checkpoints;
using LoraUnlearn.Quantization;
using LoraUnlearn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Models;

/// <summary>
/// A decoder-only language model with frozen weights: embedding, blocks, final norm, output head. The parts are public
/// because unlearning runs them one by one (block-wise backward, observers, scored positions only).
/// </summary>
/// <remarks>Shapes: b batch, t positions, d width, v vocabulary.</remarks>
public sealed class Decoder : IDisposable
{
    private readonly IReadOnlyList<Tensor> _weights;
    private readonly IReadOnlyList<QuantisedMatrix> _matrices;
    private readonly Tensor _embedding; // [v,d]
    private readonly Tensor? _positionEmbedding; // [positions,d]
    private readonly Norm? _finalNorm;
    private readonly Tensor? _embeddingProjection; // [d,e]
    private readonly Tensor? _headProjection; // [e,d]

    internal Decoder(DecoderParts parts)
    {
        Spec = parts.Spec;
        Dtype = parts.Dtype;
        Device = parts.Device;
        Rotary = parts.Rotary;
        Blocks = parts.Blocks;
        HeadWeight = parts.HeadWeight;
        HeadBias = parts.HeadBias;
        _embedding = parts.Embedding;
        _positionEmbedding = parts.PositionEmbedding;
        _finalNorm = parts.FinalNorm;
        _embeddingProjection = parts.EmbeddingProjection;
        _headProjection = parts.HeadProjection;
        UnusedTensors = parts.UnusedTensors;
        _weights = parts.Weights;
        _matrices = parts.Matrices;
        Maps = [.. Blocks.SelectMany(block => block.Maps)];
        WeightBytes = parts.WeightBytes;
    }

    /// <summary>The architecture.</summary>
    public DecoderSpec Spec { get; }

    /// <summary>Type of weights and activations.</summary>
    public ScalarType Dtype { get; }

    /// <summary>Where weights and activations live.</summary>
    public Device Device { get; }

    /// <summary>The blocks, first to last.</summary>
    public IReadOnlyList<DecoderBlock> Blocks { get; }

    /// <summary>Every linear map of every block, in order; the output head is not among them.</summary>
    public IReadOnlyList<LinearMap> Maps { get; }

    /// <summary>Weight of the output head [v,d] (or [v,e], <see cref="DecoderSpec.EmbeddingWidth"/>).</summary>
    public Tensor HeadWeight { get; }

    /// <summary>Bias of the output head [v], or null.</summary>
    public Tensor? HeadBias { get; }

    /// <summary>
    /// Names of the checkpoint's tensors that the architecture does not have and that are not mere buffers, such as a value
    /// head: they are left out of the computation. Empty where the source cannot list its tensors.
    /// </summary>
    public IReadOnlyList<string> UnusedTensors { get; }

    internal RotaryEmbedding? Rotary { get; }

    /// <summary>The format in which the linear maps of the blocks are held where they are quantised, such as <c>nf4</c>; null where they are not.</summary>
    public string? Quantisation => Maps.FirstOrDefault(map => map.Quantised is not null)?.Quantised!.Format;

    /// <summary>Bytes that the weights take, wherever they lie: a tied head counts once.</summary>
    public long WeightBytes { get; }

    /// <summary>Builds the decoder of a model folder.</summary>
    /// <param name="folder">An opened model folder.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="dtype">Type of activations, and of weights that are not quantised; weights of another type are converted once.</param>
    /// <param name="precision">How the linear maps of the blocks are held.</param>
    /// <exception cref="InputException">Unknown family, unsupported setting, missing tensor, wrong shape.</exception>
    public static Decoder Load(ModelFolder folder, Device device, ScalarType dtype, BasePrecision precision = BasePrecision.Stored) =>
        new(new DecoderParts(ModelFamilies.Describe(folder.Config), folder.Weights, device, dtype, precision, QuantisationConfig.Read(folder.Config)));

    /// <summary>Builds a decoder from a specification and tensors.</summary>
    /// <param name="spec">The architecture.</param>
    /// <param name="source">The weights, not quantised.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="dtype">Type of activations, and of weights that are not quantised.</param>
    /// <param name="precision">How the linear maps of the blocks are held.</param>
    /// <exception cref="InputException">Missing tensor or wrong shape.</exception>
    public static Decoder Build(DecoderSpec spec, ITensorSource source, Device device, ScalarType dtype, BasePrecision precision = BasePrecision.Stored) =>
        new(new DecoderParts(spec, source, device, dtype, precision, null));

    /// <summary>Starts a forward pass over sequences of one length.</summary>
    /// <param name="batch">Sequences b.</param>
    /// <param name="length">Positions t.</param>
    /// <param name="cache">Earlier keys and values, or null.</param>
    /// <exception cref="InputException">The sequence is longer than a learned position table.</exception>
    public AttentionContext Begin(long batch, long length, KeyValueCache? cache = null)
    {
        if (_positionEmbedding is { } table && (cache?.Length ?? 0) + length + Spec.PositionOffset > table.shape[0])
        {
            throw new InputException(
                $"A sequence of {(cache?.Length ?? 0) + length} tokens is longer than the model's {table.shape[0] - Spec.PositionOffset} positions; lower --max-length.");
        }

        return new AttentionContext(this, batch, length, cache);
    }

    /// <summary>Token (and position) embeddings: hidden state 0.</summary>
    /// <param name="inputIds">Token ids [b,t], int64, on the model's device.</param>
    /// <param name="context">The pass.</param>
    /// <returns>[b·t,d].</returns>
    public Tensor Embed(Tensor inputIds, AttentionContext context)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = _embedding.index_select(0, inputIds.reshape(-1)); // [b·t,d]
        if (Spec.EmbeddingScale != 1)
        {
            hidden = hidden * tensor(Spec.EmbeddingScale, Dtype, Device); // rounded to the weights' type, as in training
        }

        if (_embeddingProjection is not null)
        {
            hidden = hidden.mm(_embeddingProjection.t()); // [b·t,e] -> [b·t,d]
        }

        if (_positionEmbedding is not null)
        {
            hidden = context.RowPositions is { } rows
                ? hidden.Plus(_positionEmbedding.index_select(0, rows.add(Held((long)Spec.PositionOffset), One))) // [b·t,d]
                : hidden.view(context.Batch, context.Length, Spec.Width).Plus(_positionEmbedding.narrow(0, context.Start + Spec.PositionOffset, context.Length)).view(-1, Spec.Width);
        }

        return hidden.MoveToOuterDisposeScope();
    }

    /// <summary>The norm before the head, and the projection to the head's width where there is one.</summary>
    /// <param name="hidden">[n,d].</param>
    /// <returns>[n,d], or [n,e] after a projection; an alias where the family has neither.</returns>
    public Tensor FinalNorm(Tensor hidden)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor normalised = _finalNorm is null ? hidden.alias() : _finalNorm.Forward(hidden); // [n,d]
        if (_headProjection is not null)
        {
            normalised = normalised.mm(_headProjection.t()); // [n,e]
        }

        return normalised.MoveToOuterDisposeScope();
    }

    /// <summary>Logits of normalised hidden states, in float32.</summary>
    /// <param name="normalised">Output of <see cref="FinalNorm"/>, [n,d].</param>
    /// <returns>[n,v] float32; memory of its own.</returns>
    public Tensor Logits(Tensor normalised)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor weight = HeadWeight.t(); // [d,v]
        Tensor logits = HeadBias is null ? normalised.mm(weight) : addmm(HeadBias, normalised, weight, 1, 1);
        if (logits.dtype is ScalarType.BFloat16 or ScalarType.Float16)
        {
            logits = logits.to_type(ScalarType.Float32);
        }

        if (Spec.LogitSoftCap is { } cap)
        {
            logits = (logits / Held(cap)).tanh() * Held(cap);
        }

        return logits.MoveToOuterDisposeScope();
    }

    /// <summary>Embedding and all blocks, without gradients.</summary>
    /// <param name="inputIds">Token ids [b,t].</param>
    /// <param name="cache">Earlier keys and values, extended by this pass; or null.</param>
    /// <param name="layers">Blocks to run; all by default.</param>
    /// <returns>Hidden states before the final norm [b·t,d].</returns>
    public Tensor Hidden(Tensor inputIds, KeyValueCache? cache = null, int? layers = null)
    {
        using AttentionContext context = Begin(inputIds.shape[0], inputIds.shape[1], cache);
        Tensor hidden = Hidden(inputIds, context, layers ?? Blocks.Count);
        cache?.Advance(context.Length);
        return hidden;
    }

    /// <summary>Embedding and all blocks over rows that are each at a position of their own, without gradients.</summary>
    /// <param name="inputIds">Token ids [b,t]; behind a row's last token, anything.</param>
    /// <param name="pass">Which rows, and where they are.</param>
    /// <returns>Hidden states before the final norm [b·t,d].</returns>
    internal Tensor Hidden(Tensor inputIds, RowPass pass)
    {
        using AttentionContext context = new(this, pass);
        return Hidden(inputIds, context, Blocks.Count);
    }

    private Tensor Hidden(Tensor inputIds, AttentionContext context, int layers)
    {
        using IDisposable noGrad = no_grad();
        Tensor hidden = Embed(inputIds, context);
        for (int layer = 0; layer < layers; layer++)
        {
            Tensor next = Blocks[layer].Forward(hidden, context);
            hidden.Dispose();
            hidden = next;
        }

        return hidden;
    }

    /// <summary>Whether the keys of a sequence serve it at a greater length too, or must be computed again.</summary>
    /// <param name="before">Length at which they were computed.</param>
    /// <param name="after">The greater length.</param>
    internal bool KeepsKeys(long before, long after) => Spec.Rotary?.Scaling?.KeepsKeys(before, after) ?? true;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor tensor in _weights)
        {
            tensor.Dispose();
        }

        foreach (QuantisedMatrix matrix in _matrices)
        {
            matrix.Dispose();
        }

        Rotary?.Dispose();
    }
}

/// <summary>One transformer block: attention and MLP around the residual stream.</summary>
public sealed class DecoderBlock
{
    private readonly Attention _attention;
    private readonly Norm _attentionNorm;
    private readonly BlockLayout _layout;
    private readonly Mlp _mlp;
    private readonly Norm? _mlpNorm;
    private readonly Norm? _postAttentionNorm;
    private readonly Norm? _postMlpNorm;

    internal DecoderBlock(BlockLayout layout, Attention attention, Mlp mlp, Norm attentionNorm, Norm? mlpNorm, Norm? postAttentionNorm, Norm? postMlpNorm, IReadOnlyList<LinearMap> maps)
    {
        _layout = layout;
        _attention = attention;
        _mlp = mlp;
        _attentionNorm = attentionNorm;
        _mlpNorm = mlpNorm;
        _postAttentionNorm = postAttentionNorm;
        _postMlpNorm = postMlpNorm;
        Maps = maps;
    }

    /// <summary>The linear maps of the block, in the order of the checkpoint's description.</summary>
    public IReadOnlyList<LinearMap> Maps { get; }

    /// <summary>Applies the block.</summary>
    /// <param name="input">Hidden states [b·t,d].</param>
    /// <param name="context">What the pass's blocks share.</param>
    /// <param name="observer">Sees the linear maps, or null; tensors it wants to keep must be detached from the dispose scope.</param>
    /// <returns>Hidden states [b·t,d], in the caller's dispose scope.</returns>
    public Tensor Forward(Tensor input, AttentionContext context, ILinearObserver? observer = null)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor output = Compose(input, context, observer);
        return output.MoveToOuterDisposeScope();
    }

    private Tensor Compose(Tensor x, AttentionContext context, ILinearObserver? observer)
    {
        switch (_layout)
        {
            case BlockLayout.Sequential:
                Tensor h = x.Plus(_attention.Forward(_attentionNorm.Forward(x), context, observer));
                return h.Plus(_mlp.Forward(_mlpNorm!.Forward(h), observer));

            case BlockLayout.Parallel:
                Tensor mixed = x.Plus(_attention.Forward(_attentionNorm.Forward(x), context, observer));
                return mixed.Plus(_mlp.Forward(_mlpNorm!.Forward(x), observer));

            case BlockLayout.ParallelSharedNorm:
                Tensor normalised = _attentionNorm.Forward(x);
                Tensor both = x.Plus(_attention.Forward(normalised, context, observer));
                return both.Plus(_mlp.Forward(normalised, observer));

            case BlockLayout.Sandwich:
                Tensor attended = x.Plus(_postAttentionNorm!.Forward(_attention.Forward(_attentionNorm.Forward(x), context, observer)));
                return attended.Plus(_postMlpNorm!.Forward(_mlp.Forward(_mlpNorm!.Forward(attended), observer)));

            default:
                Tensor first = _attentionNorm.Forward(x.Plus(_attention.Forward(x, context, observer)));
                return _mlpNorm!.Forward(first.Plus(_mlp.Forward(first, observer)));
        }
    }
}

/// <summary>Causal self-attention with grouped queries, in whichever projection layout the checkpoint has.</summary>
public sealed class Attention
{
    private readonly DecoderSpec _spec;
    private readonly RotaryEmbedding? _rotary;
    private readonly Norm? _queryNorm;
    private readonly Norm? _keyNorm;
    private readonly bool _isPlain; // no soft cap, and the scale 1/√w
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
        _isPlain = spec.AttentionSoftCap is null && Math.Abs((_scale * Math.Sqrt(spec.HeadWidth)) - 1) < 1e-9;
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
            (query, key) = Rotate(query, key, context.Cosine!, context.Sine!);
        }

        if (context.PrefersFused && _isPlain && context.Store is null && (_window is null || _window >= t))
        {
            return _output.Forward(Fused(query, key, value), observer);
        }

        // The g query heads that share a key/value head are stacked along the rows: keys and values are never repeated.
        query = query.reshape(b * kv, g * t, w);
        key = key.reshape(b * kv, t, w);
        value = value.reshape(b * kv, t, w);
        if (context.Store is { } store)
        {
            (key, value) = store.Append(_layer, key, value);
        }

        Tensor mixed = Attend(query, key, value, context.Mask(_window)); // [b·kv, g·t, w]
        mixed = mixed.view(b, kv * g, t, w).transpose(1, 2).reshape(b * t, kv * g * w);
        return _output.Forward(mixed, observer);
    }

    // Tables [t,w] are every row's; of tables [b,t,w], each row has its own.
    private (Tensor Query, Tensor Key) Rotate(Tensor query, Tensor key, Tensor cosine, Tensor sine)
    {
        if (cosine.dim() == 2)
        {
            return (_rotary!.Rotate(query, cosine, sine), _rotary.Rotate(key, cosine, sine));
        }

        Tensor keyCosine = cosine.unsqueeze(1), keySine = sine.unsqueeze(1); // [b,1,t,w]
        return (_rotary!.Rotate(query, keyCosine.unsqueeze(1), keySine.unsqueeze(1)), _rotary.Rotate(key, keyCosine, keySine));
    }

    // libtorch's kernel wants as many key/value heads as query heads, and its scale is 1/√w.
    private static Tensor Fused(Tensor query, Tensor key, Tensor value)
    {
        long b = query.shape[0], kv = query.shape[1], g = query.shape[2], t = query.shape[3], w = query.shape[4];
        Tensor Repeated(Tensor heads) => heads.unsqueeze(2).expand(b, kv, g, t, w).reshape(b, kv * g, t, w);
        Tensor mixed = nn.functional.scaled_dot_product_attention(
            query.reshape(b, kv * g, t, w), Repeated(key), Repeated(value), is_casual: true); // [b,kv·g,t,w]
        return mixed.transpose(1, 2).reshape(b * t, kv * g * w);
    }

    private Tensor Attend(Tensor query, Tensor key, Tensor value, Tensor mask)
    {
        Tensor keyTransposed = key.transpose(1, 2); // [b·kv,w,s]
        Tensor scores;
        if (_spec.AttentionSoftCap is { } cap)
        {
            scores = query.bmm(keyTransposed).mul(Held(_scale / cap)).tanh().mul(Held(cap)).Plus(mask);
        }
        else
        {
            scores = TorchOddities.AddBatchedProduct(mask, query, keyTransposed, _scale); // [b·kv, g·t, s]
        }

        Tensor weights = scores.softmax(-1); // computed in float32 and rounded once, also from and to a narrower type
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

/// <summary>The feed-forward part of a block, gated or plain.</summary>
public sealed class Mlp
{
    private readonly Activation _activation;
    private readonly LinearMap? _gate; // gate, or gate and up fused
    private readonly LinearMap? _up;
    private readonly LinearMap _down;

    internal Mlp(Activation activation, LinearMap? gate, LinearMap? up, LinearMap down)
    {
        _activation = activation;
        _gate = gate;
        _up = up;
        _down = down;
    }

    /// <summary>down( act(gate x) ⊙ up x ), or down( act(up x) ).</summary>
    /// <param name="input">Normalised hidden states [n,d].</param>
    /// <param name="observer">Sees the linear maps, or null.</param>
    /// <returns>[n,d].</returns>
    public Tensor Forward(Tensor input, ILinearObserver? observer)
    {
        Tensor hidden;
        if (_gate is null)
        {
            hidden = Activate(_up!.Forward(input, observer));
        }
        else if (_up is null)
        {
            Tensor both = _gate.Forward(input, observer); // [n,2m]
            long m = both.shape[1] / 2;
            hidden = Activate(both.narrow(1, 0, m)) * both.narrow(1, m, m);
        }
        else
        {
            Tensor gate = _gate.Forward(input, observer);
            hidden = Activate(gate) * _up.Forward(input, observer);
        }

        return _down.Forward(hidden, observer);
    }

    private Tensor Activate(Tensor x)
    {
        switch (_activation)
        {
            case Activation.Silu:
                return x.silu();
            case Activation.Gelu:
                return x.gelu();
            case Activation.Relu:
                return x.relu();
            default:
                // 0.5·x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))
                Tensor inner = (x * x.Squared()).mul_(Held(0.044715)).Increase(x).mul_(Held(Math.Sqrt(2 / Math.PI))).tanh();
                return inner.Plus(1).mul(x).mul_(Held(0.5));
        }
    }
}

/// <summary>RMS or layer normalisation over the last dimension.</summary>
public sealed class Norm
{
    private readonly NormKind _kind;
    private readonly double _epsilon;
    private readonly Tensor? _bias;
    private readonly Tensor _weight; // [d], offset included

    /// <summary>Wraps a norm's weights.</summary>
    /// <param name="kind">Which norm.</param>
    /// <param name="epsilon">ε inside the square root.</param>
    /// <param name="weight">
    /// Factor [d], any offset already added. In float32 beside narrower activations (Gemma), an RMS norm's product is rounded
    /// once, after the factor; of the activations' own type (Llama), before and after.
    /// </param>
    /// <param name="bias">Shift [d], or null.</param>
    public Norm(NormKind kind, double epsilon, Tensor weight, Tensor? bias)
    {
        _kind = kind;
        _epsilon = epsilon;
        _weight = weight;
        _bias = bias;
    }

    /// <summary>Normalises the last dimension; statistics in float32 whatever the input's type.</summary>
    /// <param name="input">[…,d].</param>
    /// <returns>[…,d] of the input's type.</returns>
    public Tensor Forward(Tensor input)
    {
        if (_kind == NormKind.Layer)
        {
            return nn.functional.layer_norm(input, [input.shape[^1]], _weight, _bias, _epsilon);
        }

        bool narrow = input.dtype is ScalarType.BFloat16 or ScalarType.Float16;
        Tensor x = narrow ? input.to_type(ScalarType.Float32) : input;
        Tensor norm = x.norm(-1, true, 2); // ‖x‖ […,1]; differentiated in one pass over x, where x².mean() takes five
        Tensor meanSquare = norm.Squared().mul_(Held(1.0 / x.shape[^1])); // […,1]
        Tensor normalised = x * meanSquare.Increase(_epsilon).rsqrt(); // […,d]
        if (narrow && _weight.dtype != input.dtype)
        {
            return (normalised * _weight).to_type(input.dtype);
        }

        if (narrow)
        {
            normalised = normalised.to_type(input.dtype);
        }

        Tensor scaled = normalised * _weight;
        return _bias is null ? scaled : scaled.Increase(_bias);
    }
}
