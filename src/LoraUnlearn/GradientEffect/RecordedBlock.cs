using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.GradientEffect;

/// <summary>One block's forward pass over a batch, recorded so that it can be differentiated by the outputs of its linear maps.</summary>
internal sealed class RecordedBlock : ILinearObserver, IDisposable
{
    private readonly Tensor _input; // [b·t,d], leaf
    private readonly List<Tensor> _inputs = []; // of the maps, as single or double, one for maps that share one
    private readonly bool _needsInput;
    private readonly Tensor _output; // [b·t,d], with graph
    private readonly List<(LinearMap Map, Tensor Source, Tensor Input, Tensor Output)> _seen = [];
    private readonly Predicate<LinearMap> _wanted;

    /// <summary>Runs the block.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="block">Which block.</param>
    /// <param name="state">Its input [b·t,d].</param>
    /// <param name="context">The pass.</param>
    /// <param name="wanted">The maps to differentiate by.</param>
    /// <param name="needsInput">Whether the gradient by the block's input is needed too.</param>
    public RecordedBlock(Decoder decoder, int block, Tensor state, AttentionContext context, Predicate<LinearMap> wanted, bool needsInput)
    {
        _wanted = wanted;
        _needsInput = needsInput;
        using IDisposable grad = enable_grad();
        _input = state.detach().requires_grad_(true).DetachFromDisposeScope();
        _output = decoder.Blocks[block].Forward(_input, context, this).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public void Observe(LinearMap map, Tensor input, Tensor output)
    {
        if (!_wanted(map))
        {
            return;
        }

        int sibling = _seen.FindIndex(seen => ReferenceEquals(seen.Source, input));
        Tensor own = sibling >= 0 ? _seen[sibling].Input : AtLeastSingle(input.detach()).DetachFromDisposeScope();
        if (sibling < 0)
        {
            _inputs.Add(own);
        }

        _seen.Add((map, input, own, output.DetachFromDisposeScope()));
    }

    /// <summary>Differentiates.</summary>
    /// <param name="incoming">Gradient by the block's output [b·t,d].</param>
    /// <param name="keepGraph">Whether it will be differentiated again.</param>
    /// <returns>Gradient by the block's input, or null; each map with its input and output gradient, single or double. In the caller's dispose scope.</returns>
    public (Tensor? ByInput, IReadOnlyList<(LinearMap Map, Tensor Input, Tensor Gradient)> Maps) Differentiate(Tensor incoming, bool keepGraph)
    {
        List<Tensor> by = [.. _seen.Select(seen => seen.Output)];
        if (_needsInput)
        {
            by.Add(_input);
        }

        IList<Tensor> found = autograd.grad([_output], by, [incoming], retain_graph: keepGraph);
        return (_needsInput ? found[^1] : null, [.. _seen.Zip(found, (seen, gradient) => (seen.Map, seen.Input, AtLeastSingle(gradient)))]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor tensor in _inputs.Concat(_seen.Select(seen => seen.Output)))
        {
            tensor.Dispose();
        }

        _input.Dispose();
        _output.Dispose();
    }

    private static Tensor AtLeastSingle(Tensor tensor) =>
        tensor.dtype is ScalarType.BFloat16 or ScalarType.Float16 ? tensor.to_type(ScalarType.Float32) : tensor;
}
