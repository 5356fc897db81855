using LoraUnlearn.Head;
using LoraUnlearn.Models;
using LoraUnlearn.Objectives;
using LoraUnlearn.Tests.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Objectives;

/// <summary>Objectives on whole distributions against METHODS §5 written out in float64.</summary>
public class DistributionObjectiveTests
{
    [Theory]
    [InlineData("undial")]
    [InlineData("flat-kl")]
    public void GradientsMatchFiniteDifferences(string name)
    {
        using ScoredPositions positions = ObjectiveGradients.Positions();
        using Generator generator = new(5);
        using Tensor reference = randn([9, 8], ScalarType.Float64, generator: generator);
        DistributionObjective objective = (DistributionObjective)ObjectiveCatalog.Forget(name);
        Assert.InRange(ObjectiveGradients.RelativeError((decoder, rows) => OutputHead.Evaluate(decoder, rows, objective, 1, positions.Labels, reference)), 0, 1e-6);
    }

    // METHODS §11: the target is a constant. With a gradient through it this fails.
    [Fact]
    public void TheTargetOfExclusionHasNoGradient()
    {
        using ScoredPositions positions = ObjectiveGradients.Positions();
        double error = ObjectiveGradients.RelativeError(
            (decoder, rows) => OutputHead.Evaluate(decoder, rows, new ExclusionObjective(), 1, positions.Labels, null),
            (decoder, rows) =>
            {
                Tensor target = Excluded(decoder, rows, positions.Labels);
                return moved => (target * ObjectiveGradients.LogProbabilities(decoder, moved)).sum() / -9;
            });
        Assert.InRange(error, 0, 1e-6);
    }

    [Fact]
    public void ValuesAreThoseOfTheFormulas()
    {
        using DisposeScope scope = NewDisposeScope();
        using ScoredPositions positions = ObjectiveGradients.Positions();
        using Decoder decoder = new TinyModel().Build();
        using Generator generator = new(21);
        Tensor rows = randn([9, 8], ScalarType.Float64, generator: generator);
        Tensor reference = randn([9, 8], ScalarType.Float64, generator: generator);
        Tensor log = ObjectiveGradients.LogProbabilities(decoder, rows);
        double Loss(DistributionObjective objective) => OutputHead.Evaluate(decoder, rows, objective, 1, positions.Labels, reference).Loss.ToDouble();

        double vocabulary = decoder.Spec.VocabularySize;
        Assert.Equal((log.mean([1]).neg() - Math.Log(vocabulary)).mean().ToDouble(), Loss(new FlatDistributionObjective()), 11);
        Assert.Equal((Excluded(decoder, rows, positions.Labels) * log).sum().ToDouble() / -9, Loss(new ExclusionObjective()), 11);

        Tensor lowered = decoder.Logits(reference).clone();
        for (long n = 0; n < 9; n++)
        {
            lowered[n, positions.Labels[n].ToInt64()] = lowered[n, positions.Labels[n].ToInt64()] - 10;
        }

        Assert.Equal((lowered.softmax(1) * log).sum().ToDouble() / -9, Loss(new SelfDistillationObjective()), 11);
    }

    [Fact]
    public void FlatKlIsZeroForAFlatDistribution()
    {
        using Tensor logits = zeros([4, 13], ScalarType.Float64);
        using Tensor labels = zeros([4], ScalarType.Int64);
        using Tensor loss = new FlatDistributionObjective().Sum(logits, null, labels);
        Assert.InRange(Math.Abs(loss.ToDouble()), 0, 1e-12);
    }

    // p with the label's share taken out and the rest scaled up to 1.
    private static Tensor Excluded(Decoder decoder, Tensor rows, Tensor labels)
    {
        Tensor target = ObjectiveGradients.LogProbabilities(decoder, rows).exp();
        for (long n = 0; n < rows.shape[0]; n++)
        {
            target[n, labels[n].ToInt64()] = tensor(0.0, ScalarType.Float64);
        }

        return target / target.sum(1, true);
    }
}
