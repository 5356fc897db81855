using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Optimization;

/// <summary>Makes one update direction of the gradients of the forget and the retain side (METHODS §7).</summary>
public abstract class ForgetRetainCombiner
{
    /// <summary>The name after <c>--combiner</c>, and in manifests.</summary>
    public abstract string Name { get; }

    /// <summary>Whether the two gradients must be kept apart; otherwise their weighted sum comes from one pass.</summary>
    public virtual bool NeedsSeparateGradients => false;

    /// <summary>Whether it is refused without a retain term.</summary>
    public virtual bool NeedsRetainTerm => true;

    /// <summary>Whether γ and λ have an effect.</summary>
    public virtual bool UsesWeights => true;

    /// <summary>The numbers that a run must keep to be continued, by name; empty for a combiner without a memory.</summary>
    public virtual IReadOnlyDictionary<string, double> State => new Dictionary<string, double>();

    /// <summary>Takes up <see cref="State"/> again; empty for a start from nothing.</summary>
    /// <param name="state">What was kept.</param>
    public virtual void Restore(IReadOnlyDictionary<string, double> state)
    {
    }

    /// <summary>λ of the next step.</summary>
    /// <param name="configured">λ of the run's settings.</param>
    public virtual double RetainWeight(double configured) => configured;

    /// <summary>Told of each step's retain loss.</summary>
    /// <param name="retainLoss">L_r, unweighted, averaged over the micro-batches.</param>
    /// <param name="configured">λ of the run's settings.</param>
    public virtual void StepTaken(double retainLoss, double configured)
    {
    }

    /// <summary>Combines two gradients over all adapter parameters, accumulated over the micro-batches.</summary>
    /// <param name="forget">∇ of γ·L_f [p].</param>
    /// <param name="retain">∇ of λ·L_r [p].</param>
    /// <returns>The gradient for the optimiser [p], in the caller's dispose scope.</returns>
    public abstract Tensor Combine(Tensor forget, Tensor retain);
}
