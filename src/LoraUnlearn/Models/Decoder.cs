using LoraUnlearn.Checkpoints;
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
        Maps = [.. Blocks.SelectMany(block => block.Maps)];
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

    /// <summary>Builds the decoder of a model folder.</summary>
    /// <param name="folder">An opened model folder.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="dtype">Type of weights and activations; weights of another type are converted once.</param>
    /// <exception cref="InputException">Unknown family, unsupported setting, missing tensor, wrong shape.</exception>
    public static Decoder Load(ModelFolder folder, Device device, ScalarType dtype) =>
        Build(ModelFamilies.Describe(folder.Config), folder.Weights, device, dtype);

    /// <summary>Builds a decoder from a specification and tensors.</summary>
    /// <param name="spec">The architecture.</param>
    /// <param name="source">The weights.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="dtype">Type of weights and activations.</param>
    /// <exception cref="InputException">Missing tensor or wrong shape.</exception>
    public static Decoder Build(DecoderSpec spec, ITensorSource source, Device device, ScalarType dtype) =>
        new(new DecoderParts(spec, source, device, dtype));

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
            Tensor positions = _positionEmbedding.narrow(0, context.Start + Spec.PositionOffset, context.Length); // [t,d]
            hidden = (hidden.view(context.Batch, context.Length, Spec.Width) + positions).view(-1, Spec.Width);
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
            logits = (logits / cap).tanh() * cap;
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
        using IDisposable noGrad = no_grad();
        using AttentionContext context = Begin(inputIds.shape[0], inputIds.shape[1], cache);
        Tensor hidden = Embed(inputIds, context);
        for (int layer = 0; layer < (layers ?? Blocks.Count); layer++)
        {
            Tensor next = Blocks[layer].Forward(hidden, context);
            hidden.Dispose();
            hidden = next;
        }

        cache?.Advance(context.Length);
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

        Rotary?.Dispose();
    }
}
