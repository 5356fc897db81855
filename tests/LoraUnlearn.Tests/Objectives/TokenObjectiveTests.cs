using LoraUnlearn.Head;
using LoraUnlearn.Models;
using LoraUnlearn.Objectives;
using LoraUnlearn.Tests.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Objectives;

/// <summary>Values and gradients by the hidden states, against the formulas of METHODS §5 written out in float64.</summary>
public class TokenObjectiveTests
{
    private static readonly double[] ReferenceValues = [-0.3, -2.1, -1.7, -4.0, -0.9, -2.6, -3.3, -1.2, -5.1];

    // The weight of a token by its probability p and the reference's q.
    private static readonly Dictionary<string, Func<double, double, double>> Weights = new()
    {
        ["wga"] = (p, q) => p,
        ["tnpo"] = (p, q) => 2 * Math.Pow(p, 4) / (Math.Pow(p, 4) + Math.Pow(q, 4)),
        ["wtnpo"] = (p, q) => 2 * Math.Pow(p, 5.5) / (Math.Pow(p, 4) + Math.Pow(q, 4)),
        ["satimp"] = (p, q) => Math.Pow(p, 5) * (1 - p),
    };

    [Theory]
    [InlineData("npo")]
    [InlineData("simnpo")]
    [InlineData("ga")]
    public void GradientsOfSmoothObjectivesMatchFiniteDifferences(string name)
    {
        using ScoredPositions positions = ObjectiveGradients.Positions();
        using Tensor reference = tensor(ReferenceValues, ScalarType.Float64);
        TokenObjective objective = (TokenObjective)ObjectiveCatalog.Forget(name);
        Assert.InRange(ObjectiveGradients.RelativeError((decoder, rows) => OutputHead.Evaluate(decoder, rows, objective, 1, positions, reference)), 0, 1e-6);
    }

    [Fact]
    public void TheGradientOfPreferenceOverAnAlternateMatchesFiniteDifferences()
    {
        using ScoredPositions positions = ObjectiveGradients.Positions();
        using ScoredPositions alternate = ObjectiveGradients.Positions();
        using Tensor reference = tensor([.. ReferenceValues, .. ReferenceValues.Reverse()], ScalarType.Float64);
        DirectPreferenceObjective objective = new();
        Assert.InRange(
            ObjectiveGradients.RelativeError((decoder, rows) => OutputHead.Evaluate(decoder, rows, objective, 1, positions, reference, alternate), count: 18),
            0,
            1e-6);
    }

    // METHODS §11: weights are constants. With a gradient through the weight this fails.
    [Theory]
    [InlineData("wga")]
    [InlineData("tnpo")]
    [InlineData("wtnpo")]
    [InlineData("satimp")]
    public void WeightsHaveNoGradient(string name)
    {
        using ScoredPositions positions = ObjectiveGradients.Positions();
        using Tensor reference = tensor(ReferenceValues, ScalarType.Float64);
        TokenObjective objective = (TokenObjective)ObjectiveCatalog.Forget(name);
        Tensor Own(Decoder decoder, Tensor rows) => ObjectiveGradients.LogProbabilities(decoder, rows).gather(1, positions.Labels.unsqueeze(1)).squeeze(1);
        double error = ObjectiveGradients.RelativeError(
            (decoder, rows) => OutputHead.Evaluate(decoder, rows, objective, 1, positions, reference),
            (decoder, rows) =>
            {
                Tensor weights = WeightsAt(name, Own(decoder, rows));
                return moved => (weights * Own(decoder, moved)).mean();
            });
        Assert.InRange(error, 0, 1e-6);
    }

    [Theory]
    [InlineData("wga")]
    [InlineData("tnpo")]
    [InlineData("wtnpo")]
    [InlineData("satimp")]
    public void ValuesAreThoseOfTheFormula(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using ScoredPositions positions = ObjectiveGradients.Positions();
        using Decoder decoder = new TinyModel().Build();
        using Generator generator = new(21);
        Tensor rows = randn([9, 8], ScalarType.Float64, generator: generator);
        Tensor own = ObjectiveGradients.LogProbabilities(decoder, rows).gather(1, positions.Labels.unsqueeze(1)).squeeze(1);
        TokenObjective objective = (TokenObjective)ObjectiveCatalog.Forget(name);
        double loss = OutputHead.Evaluate(decoder, rows, objective, 1, positions, tensor(ReferenceValues, ScalarType.Float64)).Loss.ToDouble();
        Assert.Equal((WeightsAt(name, own) * own).mean().ToDouble(), loss, 12);
    }

    // Per-sequence means: a sequence of 4 tokens counts as much as one of 2 (METHODS §11).
    [Fact]
    public void SequenceObjectivesAverageOverSequences()
    {
        using DisposeScope scope = NewDisposeScope();
        using ScoredPositions positions = ObjectiveGradients.Positions();
        double[] own = [-0.5, -1.5, -1, -2, -3, -0.2, -0.4, -2.5, -0.7];
        TokenStatistics statistics = new(positions, tensor(own, ScalarType.Float64), null, tensor(ReferenceValues, ScalarType.Float64));
        double[] nll = [5.0, 3.6, 3.2], referenceNll = [8.1, 6.8, 6.3], lengths = [4, 3, 2];
        double npo = Enumerable.Range(0, 3).Average(i => 2 / 0.1 * Math.Log(1 + Math.Exp(-0.1 * (nll[i] - referenceNll[i]))));
        double simnpo = Enumerable.Range(0, 3).Average(i => 2 / 4.5 * Math.Log(1 + Math.Exp(-4.5 * ((nll[i] / lengths[i]) - 0.25))));
        Assert.Equal(npo, new NegativePreferenceObjective(0.1).Loss(statistics, null).ToDouble(), 10);
        Assert.Equal(simnpo, new SimpleNegativePreferenceObjective(4.5, 0.25).Loss(statistics, null).ToDouble(), 10);
    }

    private static Tensor WeightsAt(string name, Tensor own)
    {
        double[] values = own.data<double>().ToArray();
        return tensor([.. values.Zip(ReferenceValues, (p, q) => Weights[name](Math.Exp(p), Math.Exp(q)))], ScalarType.Float64);
    }
}
