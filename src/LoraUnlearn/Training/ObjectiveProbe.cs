using LoraUnlearn.Adapters;
using LoraUnlearn.Data;
using LoraUnlearn.Objectives;
using LoraUnlearn.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Training;

/// <summary>One evaluation of a loss without a step: values and gradient norms over A and B.</summary>
/// <param name="Loss">γL_f + λL_r.</param>
/// <param name="ForgetLoss">L_f, unweighted.</param>
/// <param name="RetainLoss">L_r, unweighted; null without a retain term.</param>
/// <param name="GradientNorm">Norm of the gradient of <paramref name="Loss"/>.</param>
/// <param name="ForgetGradientNorm">Norm of ∇L_f.</param>
/// <param name="RetainGradientNorm">Norm of ∇L_r; null without a retain term.</param>
/// <param name="GradientCosine">Cosine between ∇L_f and ∇L_r; null without a retain term or where one vanishes.</param>
/// <param name="Modules">Norm of the gradient of <paramref name="Loss"/> by module.</param>
public sealed record ProbeResult(
    double Loss,
    double ForgetLoss,
    double? RetainLoss,
    double GradientNorm,
    double ForgetGradientNorm,
    double? RetainGradientNorm,
    double? GradientCosine,
    IReadOnlyDictionary<string, double> Modules);

/// <summary>Evaluates an objective and a retain term on given rows.</summary>
public static class ObjectiveProbe
{
    /// <summary>Evaluates; the adapter's parameters do not change, its <see cref="AdapterSet.Gradient"/> does.</summary>
    /// <param name="adapters">The adapters to differentiate by.</param>
    /// <param name="forget">L_f.</param>
    /// <param name="forgetSet">Its rows.</param>
    /// <param name="forgetWeight">γ.</param>
    /// <param name="retain">L_r, or null.</param>
    /// <param name="retainSet">Its rows.</param>
    /// <param name="retainWeight">λ.</param>
    /// <param name="batchSize">Rows of a batch; 0 for all rows in one. Losses are means over batches.</param>
    /// <param name="checkpoint">Whether to recompute blocks in the backward pass.</param>
    /// <param name="seed">Seed of whatever the objectives draw.</param>
    /// <exception cref="InputException">Objectives, rows and model do not go together.</exception>
    public static ProbeResult Evaluate(
        AdapterSet adapters,
        Objective forget,
        IReadOnlyList<Example> forgetSet,
        double forgetWeight,
        Objective? retain,
        IReadOnlyList<Example> retainSet,
        double retainWeight,
        int batchSize = 0,
        bool checkpoint = false,
        long seed = 42)
    {
        using DisposeScope scope = NewDisposeScope();
        Compatibility.BindObjective(forget, adapters, forgetSet, seed);
        if (retain is not null)
        {
            Compatibility.BindObjective(retain, adapters, retainSet, seed);
        }

        UnlearningStep step = new(adapters, new ReferenceModel(adapters), checkpoint, seed);
        (Tensor forgetGradient, double forgetLoss) = Side(adapters, step, forget, DataSide.Forget, forgetSet, batchSize);
        Tensor total = forgetGradient * Held(forgetWeight);
        double loss = forgetWeight * forgetLoss;
        double? retainLoss = null, retainNorm = null, cosine = null;
        double forgetNorm = Norm(forgetGradient);
        if (retain is not null)
        {
            (Tensor retainGradient, double value) = Side(adapters, step, retain, DataSide.Retain, retainSet, batchSize);
            total = total.Plus(retainGradient * Held(retainWeight));
            loss += retainWeight * value;
            retainLoss = value;
            retainNorm = Norm(retainGradient);
            double product = forgetNorm * retainNorm.Value;
            cosine = product > 0 ? forgetGradient.dot(retainGradient).Number() / product : null;
        }

        Dictionary<string, double> modules = adapters.Split(total).ToDictionary(part => part.Module, part => Norm(part.Part));
        return new ProbeResult(loss, forgetLoss, retainLoss, Norm(total), forgetNorm, retainNorm, cosine, modules);
    }

    private static (Tensor Gradient, double Loss) Side(AdapterSet adapters, UnlearningStep step, Objective objective, DataSide set, IReadOnlyList<Example> examples, int batchSize)
    {
        LossScale? scale = LossScale.For(adapters.Decoder.Dtype);
        Example[][] batches = batchSize == 0 ? [[.. examples]] : [.. examples.Chunk(batchSize)];
        Tensor gradient;
        double loss;
        do
        {
            step.Scale = scale?.Factor ?? 1;
            adapters.Gradient.zero_();
            loss = 0;
            foreach (Example[] batch in batches)
            {
                loss += step.Accumulate([new LossPart(objective, 1.0 / batches.Length, set, batch)])[0].Number() / batches.Length;
            }

            gradient = adapters.Gradient.to(ScalarType.Float64, copy: true).div_(Held(step.Scale));
        }
        while (scale is not null && !double.IsFinite(Norm(gradient)) && scale.Reduce());

        return (gradient, loss);
    }

    private static double Norm(Tensor gradient) => gradient.norm().Number();
}
