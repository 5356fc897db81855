using LoraUnlearn.GradientEffect;

namespace LoraUnlearn.Tests.GradientEffect;

public class EffectPlanTests
{
    // Harms −e_r/|e_u| are 1, 2, 4 and, where e_r is not below 0, none; their median is 2.
    [Fact]
    public void RowsThatHarmTheRetainSetCountLess()
    {
        InstanceEffect[] rows = [new(1, 5, -1, -1), new(2, 5, -1, -2), new(3, 5, -0.5, -2), new(4, 5, -1, 3)];
        double[] raw = [1 / 1.5, 1 / 2.0, 1 / 3.0, 1];
        IReadOnlyList<double> weights = EffectPlan.Weights(rows);
        Assert.All(raw.Zip(weights), pair => Assert.Equal(pair.First / raw.Average(), pair.Second, 1e-12));
        Assert.Equal(1, weights.Average(), 1e-12);
    }

    [Fact]
    public void HarmlessRowsCountAlike() => Assert.Equal([1.0, 1.0], EffectPlan.Weights([new(1, 5, -1, 0), new(2, 5, -3, 2)]));

    [Fact]
    public void ProductsAddUpAndTheTradeOffHasNoScale()
    {
        EffectProducts one = new(-3, 1, 9, 1, 4), other = new(-2, -4, 4, 1, 16);
        EffectProducts both = one + other;
        Assert.Equal((-5.0, -3.0, 13.0), (both.Unlearning, both.Retaining, both.ObjectiveSquare));
        Assert.Equal((-1.0, 1.0 / 6), (one.UnlearningCosine, one.RetainingCosine));
        Assert.Equal(7.0 / 6, one.TradeOff, 1e-12);
        EffectProducts scaled = new(-3 * 20 * 5, 1 * 20 * 7, 9 * 400, 25, 4 * 49);
        Assert.Equal(one.TradeOff, scaled.TradeOff, 1e-12);
        Assert.Equal(0, default(EffectProducts).TradeOff);
    }
}
