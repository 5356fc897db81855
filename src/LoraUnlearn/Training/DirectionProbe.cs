using LoraUnlearn.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Training;

/// <summary>
/// Looks ahead along the direction that the optimiser would take: a loss at θ − ηd and θ + ηd. Parameters, moments and
/// the number of steps are as before afterwards, bit for bit (METHODS §8, §11).
/// </summary>
internal static class DirectionProbe
{
    /// <summary>Evaluates both losses.</summary>
    /// <param name="parameters">θ [p].</param>
    /// <param name="optimizer">Its optimiser.</param>
    /// <param name="gradient">∇ [p].</param>
    /// <param name="rate">η.</param>
    /// <param name="loss">The loss at the current parameters.</param>
    public static (double Minus, double Plus) Evaluate(Tensor parameters, AdamW optimizer, Tensor gradient, double rate, Func<double> loss)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        Tensor before = parameters.clone();
        Tensor first = optimizer.FirstMoment.clone();
        Tensor second = optimizer.SecondMoment.clone();
        long steps = optimizer.Steps;
        try
        {
            optimizer.Step(gradient, rate);
            double minus = loss();
            parameters.neg_().add_(before, Held(2)); // θ + ηd = 2θ − (θ − ηd)
            return (minus, loss());
        }
        finally
        {
            parameters.copy_(before);
            optimizer.FirstMoment.copy_(first);
            optimizer.SecondMoment.copy_(second);
            optimizer.Steps = steps;
        }
    }
}
