using LoraUnlearn.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Optimization;

/// <summary>METHODS §7 in plain arithmetic.</summary>
public class CombinersTests
{
    private static readonly double[] Forget = [3, -4, 0, 12];
    private static readonly double[] Conflicting = [-2, 0, 1, -2];
    private static readonly double[] Agreeing = [2, 0, 1, 2];

    [Fact]
    public void NormalisedDifferenceAddsUnitVectors()
    {
        // ‖forget‖ = 13, ‖retain‖ = 3.
        double[] expected = [3 / 13.0 - 2 / 3.0, -4 / 13.0, 1 / 3.0, 12 / 13.0 - 2 / 3.0];
        AssertClose(expected, Combine(new NormalisedDifferenceCombiner(), Forget, Conflicting));
    }

    [Fact]
    public void AGradientThatVanishesAddsNothing()
    {
        AssertClose([3 / 13.0, -4 / 13.0, 0, 12 / 13.0], Combine(new NormalisedDifferenceCombiner(), Forget, [0, 0, 0, 0]));
        AssertClose(Forget, Combine(new GradientSurgeryCombiner(), Forget, [0, 0, 0, 0]));
    }

    [Fact]
    public void SurgeryTakesOutWhatConflicts()
    {
        // ⟨f,r⟩ = −30, ‖r‖² = 9: f + (30/9)·r is orthogonal to r; then r is added.
        double[] expected = [.. Forget.Zip(Conflicting, (f, r) => f + (30 / 9.0 * r) + r)];
        double[] found = Combine(new GradientSurgeryCombiner(), Forget, Conflicting);
        AssertClose(expected, found);
        Assert.Equal(9, found.Zip(Conflicting, (g, r) => g * r).Sum(), 9); // only r's own descent is left along r
    }

    [Fact]
    public void SurgeryLeavesAgreeingGradientsAlone() =>
        AssertClose([5, -4, 1, 14], Combine(new GradientSurgeryCombiner(), Forget, Agreeing));

    [Fact]
    public void SumAndPrimalDualAdd()
    {
        AssertClose([5, -4, 1, 14], Combine(new SumCombiner(), Forget, Agreeing));
        AssertClose([5, -4, 1, 14], Combine(new PrimalDualCombiner(), Forget, Agreeing));
    }

    [Fact]
    public void TheDualVariableIsNeverNegativeAndIsRestored()
    {
        PrimalDualCombiner combiner = new(epsilon: 1, rate: 0.5);
        combiner.StepTaken(retainLoss: 3, configured: 1);
        Assert.Equal(2, combiner.RetainWeight(1));
        PrimalDualCombiner other = new(epsilon: 1, rate: 0.5);
        other.Restore(combiner.State);
        Assert.Equal(2, other.RetainWeight(1));
        other.StepTaken(retainLoss: -9, configured: 1);
        Assert.Equal(0, other.RetainWeight(1));
    }

    private static double[] Combine(ForgetRetainCombiner combiner, double[] forget, double[] retain)
    {
        using DisposeScope scope = NewDisposeScope();
        return combiner.Combine(tensor(forget, ScalarType.Float64), tensor(retain, ScalarType.Float64)).data<double>().ToArray();
    }

    private static void AssertClose(double[] expected, double[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 12));
    }
}
