using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.GradientEffect;

/// <summary>One loss's gradients by the parameters of one block.</summary>
internal sealed class BlockGradients : IDisposable
{
    private readonly int _block;
    private readonly Dictionary<LinearMap, SetGradient[]> _gradients = [];
    private readonly EffectParameters _parameters;

    public BlockGradients(Decoder decoder, int block, IReadOnlySet<LinearMap> wanted, EffectParameters parameters, long tokens)
    {
        _block = block;
        _parameters = parameters;
        ScalarType dtype = decoder.Dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        foreach (LinearMap map in decoder.Blocks[block].Maps.Where(wanted.Contains))
        {
            _gradients[map] = [.. ParameterFactors.Shapes(map, parameters).Select(shape => SetGradient.Create(shape.Outputs, shape.Inputs, tokens, dtype, decoder.Device))];
        }
    }

    /// <summary>Adds what a map shows: its input [n,i] and its output gradient [n,o].</summary>
    public void Add(LinearMap map, Tensor input, Tensor gradient)
    {
        foreach ((SetGradient sum, (Tensor x, Tensor delta)) in _gradients[map].Zip(ParameterFactors.Of(map, _parameters, input, gradient)))
        {
            sum.Add(x, delta);
        }
    }

    /// <summary>The product of each token's part of another loss's gradient with this one.</summary>
    /// <returns>[n] in the caller's dispose scope.</returns>
    public Tensor TokenProducts(LinearMap map, Tensor input, Tensor gradient)
    {
        using DisposeScope scope = NewDisposeScope();
        return _gradients[map].Zip(ParameterFactors.Of(map, _parameters, input, gradient), (sum, factors) => sum.TokenProducts(factors.Input, factors.Gradient))
            .Aggregate((first, second) => first.Plus(second)).MoveToOuterDisposeScope();
    }

    /// <summary>The products of this objective's gradient with those of the two risks, by map.</summary>
    public IReadOnlyList<ModuleEffect> Effects(BlockGradients forget, BlockGradients retain)
    {
        using DisposeScope scope = NewDisposeScope();
        LinearMap[] maps = [.. _gradients.Keys];
        if (maps.Length == 0)
        {
            return []; // a block between adapted ones
        }

        Tensor Dots(BlockGradients first, BlockGradients second, LinearMap map) =>
            first._gradients[map].Zip(second._gradients[map], (one, other) => one.Dot(other)).Aggregate((one, other) => one.Plus(other));
        Tensor products = stack([.. maps.SelectMany(map => new[]
        {
            Dots(this, forget, map), Dots(this, retain, map), Dots(this, this, map), Dots(forget, forget, map), Dots(retain, retain, map),
        })], 0);
        double[] numbers = products.cpu().data<double>().ToArray(); // one transfer a block
        return [.. maps.Select((map, index) =>
        {
            double[] own = numbers[(5 * index)..(5 * (index + 1))];
            return new ModuleEffect(map.Name, _block, new EffectProducts(own[0], own[1], own[2], own[3], own[4]));
        })];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SetGradient gradient in _gradients.Values.SelectMany(gradients => gradients))
        {
            gradient.Dispose();
        }
    }
}
