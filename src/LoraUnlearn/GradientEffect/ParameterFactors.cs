using LoraUnlearn.Adapters;
using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.GradientEffect;

/// <summary>
/// The gradients by a map's parameters as sums Σ_t δ_t x_tᵀ: for W itself x is the map's input and δ its output gradient; for an
/// adapter y = … + s·B(A x) there are two, by A with (x, s·Bᵀδ) and by B with (A x, s·δ).
/// </summary>
internal static class ParameterFactors
{
    /// <summary>Whether a map has parameters of a kind.</summary>
    public static bool Has(LinearMap map, EffectParameters parameters) => parameters == EffectParameters.Full || map.Delta is LowRankPair;

    /// <summary>The shape [o,i] of each gradient of a map.</summary>
    public static IReadOnlyList<(long Outputs, long Inputs)> Shapes(LinearMap map, EffectParameters parameters)
    {
        if (parameters == EffectParameters.Full)
        {
            return [(map.OutputWidth, map.InputWidth)];
        }

        long rank = ((LowRankPair)map.Delta!).A.shape[0];
        return [(rank, map.InputWidth), (map.OutputWidth, rank)];
    }

    /// <summary>x and δ of each gradient of a map, in the order of <see cref="Shapes"/>.</summary>
    /// <param name="map">The map.</param>
    /// <param name="parameters">Of which parameters.</param>
    /// <param name="input">The map's input [n,i].</param>
    /// <param name="gradient">Its output gradient [n,o].</param>
    /// <returns>In the caller's dispose scope.</returns>
    public static IReadOnlyList<(Tensor Input, Tensor Gradient)> Of(LinearMap map, EffectParameters parameters, Tensor input, Tensor gradient)
    {
        if (parameters == EffectParameters.Full)
        {
            return [(input, gradient)];
        }

        LowRankPair pair = (LowRankPair)map.Delta!;
        Tensor scaled = gradient * Held(pair.Scale); // [n,o]
        return
        [
            (input, scaled.mm(pair.B.detach().to_type(scaled.dtype))), // [n,i], [n,r]
            (input.mm(pair.A.detach().to_type(input.dtype).t()), scaled), // [n,r], [n,o]
        ];
    }
}
