using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Optimization;

/// <summary>
/// AdamW (arXiv 1711.05101) on one float32 parameter vector: a handful of fused vector operations a step, whatever the number
/// of adapted maps.
/// </summary>
public sealed class AdamW : IDisposable
{
    private readonly Tensor _parameters;

    /// <summary>Starts with both moments at zero.</summary>
    /// <param name="parameters">θ [p] float32, changed in place.</param>
    /// <param name="beta1">Decay of the first moment.</param>
    /// <param name="beta2">Decay of the second moment.</param>
    /// <param name="epsilon">Added to the root of the second moment.</param>
    /// <param name="weightDecay">Decoupled weight decay.</param>
    public AdamW(Tensor parameters, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0)
    {
        _parameters = parameters;
        Beta1 = beta1;
        Beta2 = beta2;
        Epsilon = epsilon;
        WeightDecay = weightDecay;
        using IDisposable noGrad = no_grad();
        FirstMoment = zeros_like(parameters).DetachFromDisposeScope();
        SecondMoment = zeros_like(parameters).DetachFromDisposeScope();
    }

    /// <summary>Decay of the first moment.</summary>
    public double Beta1 { get; }

    /// <summary>Decay of the second moment.</summary>
    public double Beta2 { get; }

    /// <summary>Added to the root of the second moment.</summary>
    public double Epsilon { get; }

    /// <summary>Decoupled weight decay.</summary>
    public double WeightDecay { get; }

    /// <summary>First moment m [p].</summary>
    public Tensor FirstMoment { get; }

    /// <summary>Second moment v [p].</summary>
    public Tensor SecondMoment { get; }

    /// <summary>Steps taken.</summary>
    public long Steps { get; set; }

    /// <summary>Takes one step: θ ← (1 − η·decay)·θ − η·m̂/(√v̂ + ε), m̂ and v̂ the moments corrected for their start at zero.</summary>
    /// <param name="gradient">∇ [p].</param>
    /// <param name="learningRate">η.</param>
    public void Step(Tensor gradient, double learningRate)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Steps++;
        FirstMoment.mul_(Held(Beta1)).add_(gradient, Held(1 - Beta1));
        SecondMoment.mul_(Held(Beta2)).addcmul_(gradient, gradient, Held(1 - Beta2));
        double correction1 = 1 - Math.Pow(Beta1, Steps);
        double correction2 = 1 - Math.Pow(Beta2, Steps);
        Tensor denominator = SecondMoment.sqrt().div_(Held(Math.Sqrt(correction2))).Increase(Epsilon);
        if (WeightDecay != 0)
        {
            _parameters.mul_(Held(1 - (learningRate * WeightDecay)));
        }

        _parameters.addcdiv_(FirstMoment, denominator, Held(-learningRate / correction1));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        FirstMoment.Dispose();
        SecondMoment.Dispose();
    }
}
