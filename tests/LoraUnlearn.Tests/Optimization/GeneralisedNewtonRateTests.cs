using LoraUnlearn.Optimization;

namespace LoraUnlearn.Tests.Optimization;

/// <summary>METHODS §8 on parabolas whose lowest point is known.</summary>
public class GeneralisedNewtonRateTests
{
    // L(θ − xd) = (x − best)², so the best rate is `best`.
    [Theory]
    [InlineData(0.1, 0.13)]
    [InlineData(0.1, 0.06)]
    [InlineData(0.1, 5, 0.2)]
    [InlineData(0.1, 0.001, 0.05)]
    public void TheRateMovesATenthOfTheWayToTheLowestPointWithinBounds(double rate, double best, double? bounded = null)
    {
        GeneralisedNewtonRate newton = new(rate);
        double Loss(double x) => (x - best) * (x - best);
        Assert.True(newton.Refine(Loss(rate), Loss(0), Loss(-rate)));
        Assert.Equal((0.9 * rate) + (0.1 * (bounded ?? best)), newton.Rate, 12);
    }

    [Theory]
    [InlineData(1, 2, 1)] // no slope, negative curvature
    [InlineData(3, 1, 2)] // the loss rises along the step
    [InlineData(1, 2.5, 3)] // negative curvature
    [InlineData(1, 2, 3)] // no curvature
    [InlineData(double.NaN, 2, 3)]
    [InlineData(1, 2, double.PositiveInfinity)]
    public void AFitWithoutALowestPointAheadIsRefused(double minus, double here, double plus)
    {
        GeneralisedNewtonRate newton = new(0.1);
        Assert.False(newton.Refine(minus, here, plus));
        Assert.Equal(0.1, newton.Rate);
    }
}
