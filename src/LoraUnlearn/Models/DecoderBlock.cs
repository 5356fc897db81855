using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Models;

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
                Tensor h = x + _attention.Forward(_attentionNorm.Forward(x), context, observer);
                return h + _mlp.Forward(_mlpNorm!.Forward(h), observer);

            case BlockLayout.Parallel:
                Tensor mixed = x + _attention.Forward(_attentionNorm.Forward(x), context, observer);
                return mixed + _mlp.Forward(_mlpNorm!.Forward(x), observer);

            case BlockLayout.ParallelSharedNorm:
                Tensor normalised = _attentionNorm.Forward(x);
                Tensor both = x + _attention.Forward(normalised, context, observer);
                return both + _mlp.Forward(normalised, observer);

            case BlockLayout.Sandwich:
                Tensor attended = x + _postAttentionNorm!.Forward(_attention.Forward(_attentionNorm.Forward(x), context, observer));
                return attended + _postMlpNorm!.Forward(_mlp.Forward(_mlpNorm!.Forward(attended), observer));

            default:
                Tensor first = _attentionNorm.Forward(x + _attention.Forward(x, context, observer));
                return _mlpNorm!.Forward(first + _mlp.Forward(first, observer));
        }
    }
}
