using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Models;

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
        Tensor meanSquare = x.square().mean([-1], keepdim: true); // […,1]
        Tensor normalised = x * meanSquare.add_(_epsilon).rsqrt(); // […,d]
        if (narrow && _weight.dtype != input.dtype)
        {
            return (normalised * _weight).to_type(input.dtype);
        }

        if (narrow)
        {
            normalised = normalised.to_type(input.dtype);
        }

        Tensor scaled = normalised * _weight;
        return _bias is null ? scaled : scaled.add_(_bias);
    }
}
