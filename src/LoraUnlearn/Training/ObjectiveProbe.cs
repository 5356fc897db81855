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

/// <summary>Looks at a recipe's losses and their gradients by an adapter, without taking a step.</summary>
public static class ObjectiveProbe
{
    /// <summary>Evaluates; the adapter's parameters do not change, its <see cref="AdapterSet.Gradient"/> does.</summary>
    /// <param name="adapters">The adapters to differentiate by.</param>
    /// <param name="recipe">L_f and L_r with γ, λ and the seed of what they draw; combiner and schedule play no part.</param>
    /// <param name="forgetSet">Rows of L_f.</param>
    /// <param name="retainSet">Rows of L_r; ignored without it.</param>
    /// <param name="batchSize">Rows of a batch; 0 for all rows in one. Losses are means over batches.</param>
    /// <param name="checkpoint">Whether to recompute blocks in the backward pass.</param>
    /// <exception cref="InputException">Objectives, rows and model do not go together.</exception>
    public static ProbeResult Evaluate(
        AdapterSet adapters, UnlearningRecipe recipe, IReadOnlyList<Example> forgetSet, IReadOnlyList<Example> retainSet, int batchSize = 0, bool checkpoint = false)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable still = adapters.HoldStill();
        (Objective forget, Objective? retain) = (recipe.Forget, recipe.Retain);
        (double forgetWeight, double retainWeight) = (recipe.Training.ForgetWeight!.Value, recipe.Training.RetainWeight);
        recipe.Bind(adapters.Decoder.Spec);
        Compatibility.CheckUse(forget, adapters, forgetSet);
        if (retain is not null)
        {
            Compatibility.CheckUse(retain, adapters, retainSet);
        }

        UnlearningStep step = new(adapters, new ReferenceModel(adapters), checkpoint, recipe.Training.Seed);
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
