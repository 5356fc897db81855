using LoraUnlearn.DemoModel.Training;
using LoraUnlearn.Evaluation;
using TorchSharp;

namespace LoraUnlearn.DemoModel.Tests.Training;

public class TrainableDecoderTests
{
    [Fact]
    public void The_loss_is_the_mean_over_the_labelled_tokens()
    {
        using Weights weights = Weights.Draw(TinyModel.Shape, seed: 3);
        using TrainableDecoder decoder = new(TinyModel.Shape, weights);
        (double loss, torch.Tensor gradient) = decoder.Differentiate(TinyModel.Rows);
        gradient.Dispose();

        IReadOnlyList<SequenceScore> scores = Likelihood.Score(decoder.Decoder, TinyModel.Rows);

        Assert.Equal(scores.Sum(score => score.Nll) / 6, loss, 1e-5);
    }

    [Fact]
    public void The_gradient_is_that_of_finite_differences_in_every_tensor()
    {
        const float Step = 1e-3f;
        using Weights weights = Weights.Draw(TinyModel.Shape, seed: 3);
        using TrainableDecoder decoder = new(TinyModel.Shape, weights);
        using (torch.no_grad())
        {
            weights.Vector.mul_(5); // away from the flat start, so that every part matters
        }

        (_, torch.Tensor whole) = decoder.Differentiate(TinyModel.Rows);
        float[] gradient = whole.data<float>().ToArray();
        whole.Dispose();

        foreach (string name in weights.Names)
        {
            int place = LargestPlace(weights, name, gradient);
            double slope = (LossWith(decoder, weights, place, Step) - LossWith(decoder, weights, place, -Step)) / (2 * Step);
            Assert.True(Math.Abs(slope - gradient[place]) < 2e-3 + (0.03 * Math.Abs(slope)), $"{name}: {slope} by differences, {gradient[place]} by autograd");
            Assert.NotEqual(0, gradient[place]);
        }
    }

    [Fact]
    public void Training_learns_the_rows_by_heart()
    {
        using Weights weights = Weights.Draw(TinyModel.Shape, seed: 3);
        TrainingRecipe recipe = new() { Epochs = 200, EpochsOnAllTokens = 0, LearningRate = 1e-2 };

        FullTraining.Run(TinyModel.Shape, weights, TinyModel.Examples, recipe, seed: 1, (_, _) => { });

        using TrainableDecoder decoder = new(TinyModel.Shape, weights);
        Assert.All(Likelihood.Score(decoder.Decoder, TinyModel.Rows), score => Assert.InRange(score.Probability, 0.98, 1));
    }

    [Fact]
    public void The_same_seed_trains_the_same_weights()
    {
        Assert.Equal(Train(seed: 1), Train(seed: 1));
        Assert.NotEqual(Train(seed: 1), Train(seed: 2));

        static float[] Train(long seed)
        {
            using Weights weights = Weights.Draw(TinyModel.Shape, seed);
            FullTraining.Run(TinyModel.Shape, weights, TinyModel.Examples, new TrainingRecipe { Epochs = 3 }, seed, (_, _) => { });
            return weights.Vector.data<float>().ToArray();
        }
    }

    /// <summary>The place in θ, within a tensor, where the gradient is steepest.</summary>
    private static int LargestPlace(Weights weights, string name, float[] gradient)
    {
        int start = 0;
        foreach (string earlier in weights.Names.TakeWhile(other => other != name))
        {
            start += Count(earlier);
        }

        return Enumerable.Range(start, Count(name)).MaxBy(i => Math.Abs(gradient[i]));

        int Count(string of)
        {
            using torch.Tensor tensor = weights.Read(of);
            return (int)tensor.numel();
        }
    }

    private static double LossWith(TrainableDecoder decoder, Weights weights, int place, float change)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using (torch.no_grad())
        {
            weights.Vector.narrow(0, place, 1).add_(change);
        }

        (double loss, _) = decoder.Differentiate(TinyModel.Rows);
        using (torch.no_grad())
        {
            weights.Vector.narrow(0, place, 1).add_(-change);
        }

        return loss;
    }
}
