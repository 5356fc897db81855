using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Models;

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
                Tensor inner = (x * x.square()).mul_(0.044715).add_(x).mul_(Math.Sqrt(2 / Math.PI)).tanh();
                return inner.add(1).mul(x).mul_(0.5);
        }
    }
}
