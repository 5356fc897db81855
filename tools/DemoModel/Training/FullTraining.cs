using LoraUnlearn.Data;
using LoraUnlearn.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.DemoModel.Training;

/// <summary>Trains all weights of a model on rows until it knows them by heart.</summary>
internal static class FullTraining
{
    /// <summary>Trains from the weights' present values.</summary>
    /// <param name="shape">The model's size.</param>
    /// <param name="weights">Changed in place.</param>
    /// <param name="examples">The rows.</param>
    /// <param name="recipe">How.</param>
    /// <param name="seed">Orders the rows.</param>
    /// <param name="report">Told the epoch, from 1, and its mean loss.</param>
    public static void Run(
        LlamaShape shape,
        Weights weights,
        IReadOnlyList<Example> examples,
        TrainingRecipe recipe,
        long seed,
        Action<int, double> report)
    {
        LabelledSequence[] answers = [.. examples.Select(example => example.Sequence)];
        LabelledSequence[] whole = [.. answers.Select(sequence => LabelledSequence.ScoredFrom(sequence.InputIds, 0))];
        BatchPlan plan = new([.. answers.Select(sequence => sequence.Length)], recipe.BatchSize, seed);
        int steps = plan.BatchesPerEpoch * recipe.Epochs;
        LearningRateSchedule schedule = new(ScheduleKind.Cosine, recipe.LearningRate, steps, (int)(steps * recipe.WarmUp));
        using TrainableDecoder decoder = new(shape, weights);
        using AdamW optimiser = new(weights.Vector, beta2: recipe.Beta2);
        int step = 0;
        for (int epoch = 0; epoch < recipe.Epochs; epoch++)
        {
            LabelledSequence[] rows = epoch < recipe.EpochsOnAllTokens ? whole : answers;
            double sum = 0;
            foreach (int[] batch in plan.Epoch(epoch))
            {
                using DisposeScope scope = NewDisposeScope();
                (double loss, Tensor gradient) = decoder.Differentiate([.. batch.Select(row => rows[row])]);
                GradientClipping.Clip(gradient, recipe.GradientNorm);
                optimiser.Step(gradient, schedule.At(step++));
                sum += loss;
            }

            report(epoch + 1, sum / plan.BatchesPerEpoch);
        }
    }
}
