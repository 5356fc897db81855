using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Head;

/// <summary>The final norm of some rows, recorded so that a gradient by its output becomes one by its input.</summary>
internal sealed class FinalNormGraph : IDisposable
{
    private readonly Tensor _input; // [n,d], leaf
    private readonly Tensor _output; // [n,d], with graph

    public FinalNormGraph(Decoder decoder, Tensor rows)
    {
        using IDisposable grad = enable_grad();
        _input = rows.detach().requires_grad_(true).DetachFromDisposeScope();
        _output = decoder.FinalNorm(_input).DetachFromDisposeScope();
        Normalised = _output.detach().DetachFromDisposeScope();
    }

    /// <summary>Normalised rows [n,d], no graph.</summary>
    public Tensor Normalised { get; }

    /// <summary>Gradient by the rows before the norm.</summary>
    /// <param name="gradient">Gradient by the normalised rows [n,d].</param>
    /// <returns>[n,d].</returns>
    public Tensor Backward(Tensor gradient) => autograd.grad([_output], [_input], [gradient])[0];

    public void Dispose()
    {
        _input.Dispose();
        _output.Dispose();
        Normalised.Dispose();
    }
}
