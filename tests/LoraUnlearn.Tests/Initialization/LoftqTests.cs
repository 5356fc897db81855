using LoraUnlearn.Adapters;
using LoraUnlearn.Errors;
using LoraUnlearn.Initialization;
using LoraUnlearn.Models;
using LoraUnlearn.Tests.Adapters;
using LoraUnlearn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Initialization;

/// <summary>The adapter that starts as what quantising lost (arXiv 2310.08659).</summary>
public sealed class LoftqTests
{
    [Fact]
    public void TheAdapterTakesTheLargestPartOfTheLoss()
    {
        using DisposeScope scope = NewDisposeScope();
        using FixtureModel fixture = new();
        using Decoder quantised = Decoder.Load(fixture.Model, CPU, ScalarType.Float32, BasePrecision.FourBit);
        using AdapterSet adapters = new(quantised, quantised.Maps, 4, 8);
        new AdapterInitialisation(InitialisationKind.Loftq, 1) { Exact = true }.Apply(adapters, null);
        foreach ((LowRankPair pair, LinearMap exact) in adapters.Pairs.Zip(fixture.Decoder.Maps))
        {
            Assert.Null(pair.InitialA);
            Tensor loss = exact.Weight - pair.Map.CopyWeight(ScalarType.Float32), left = loss - (pair.B.mm(pair.A) * pair.Scale.ToScalar());
            // Of all changes of rank 4, the best leaves the singular values from the fifth on (Eckart and Young).
            double[] values = [.. linalg.svdvals(loss).to_type(ScalarType.Float64).data<double>()];
            Assert.Equal(Math.Sqrt(values.Skip(4).Sum(value => value * value)), left.norm().ToDouble(), 1e-4 * values[0]);
            Assert.True(left.norm().ToDouble() < 0.95 * loss.norm().ToDouble());
        }
    }

    [Fact]
    public void WithoutTheUnquantisedWeightItIsRefused()
    {
        using FixtureModel fixture = new();
        using AdapterSet adapters = new(fixture.Decoder, fixture.Decoder.Maps, 4, 8);
        Assert.Contains("--base-precision", Assert.Throws<InputException>(() => new AdapterInitialisation(InitialisationKind.Loftq, 1).Apply(adapters, null)).Message);
    }
}
