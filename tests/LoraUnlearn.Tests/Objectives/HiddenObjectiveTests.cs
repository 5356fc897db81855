using LoraUnlearn.Models;
using LoraUnlearn.Objectives;
using LoraUnlearn.Tests.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Objectives;

public class HiddenObjectiveTests
{
    private static readonly DecoderSpec Spec = new TinyModel(layers: 3).Spec;

    [Fact]
    public void MisdirectionIsTheMeanSquaredErrorToItsTarget()
    {
        using DisposeScope scope = NewDisposeScope();
        MisdirectionObjective objective = new(coefficient: 2);
        objective.Bind(Spec, 7);
        double length = Math.Sqrt(objective.Target.Sum(value => value * value));
        Assert.Equal(2, length, 12);
        Assert.All(objective.Target, value => Assert.InRange(value, 0, 2));

        double[,] states = { { 1, 0, -1, 2, 0.5, 3, -2, 0 }, { 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8 } };
        double expected = 0;
        for (int n = 0; n < 2; n++)
        {
            for (int d = 0; d < 8; d++)
            {
                expected += Math.Pow(states[n, d] - objective.Target[d], 2) / 16;
            }
        }

        Assert.Equal(expected, objective.Loss(from_array(states), null).ToDouble(), 12);
    }

    [Fact]
    public void TheDirectionIsFixedByTheSeed()
    {
        double[] Target(long seed)
        {
            MisdirectionObjective objective = new();
            objective.Bind(Spec, seed);
            return [.. objective.Target];
        }

        Assert.Equal(Target(1), Target(1));
        Assert.NotEqual(Target(1), Target(2));
    }

    [Fact]
    public void DistanceToItselfIsZeroAndToAnotherTheMeanSquare()
    {
        using DisposeScope scope = NewDisposeScope();
        HiddenRetainTerm term = new();
        Tensor states = arange(6, ScalarType.Float64).view(2, 3);
        Assert.Equal(0, term.Loss(states, states).ToDouble());
        Assert.Equal(0.25, term.Loss(states, states + 0.5).ToDouble(), 12);
    }

    [Theory]
    [InlineData(32, 8)]
    [InlineData(6, 2)]
    [InlineData(5, 1)]
    [InlineData(1, 1)]
    public void TheLayerIsAQuarterOfTheDepthUnlessGiven(int layers, int expected) =>
        Assert.Equal(expected, HiddenObjective.DefaultLayer(layers));

    [Theory]
    [InlineData("4")]
    [InlineData("99")]
    public void ALayerThatDoesNotExistIsRefused(string layer)
    {
        Objective objective = ObjectiveCatalog.Forget("rmu", new Dictionary<string, string> { ["layer"] = layer });
        InputException error = Assert.Throws<InputException>(() => objective.Bind(Spec, 1));
        Assert.Contains($"layer {layer} does not exist", error.Message, StringComparison.Ordinal);
        Assert.Contains("1 to 3", error.Message, StringComparison.Ordinal);
    }
}
