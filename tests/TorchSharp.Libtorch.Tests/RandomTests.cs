using static TorchSharp.torch;

namespace TorchSharp.Tests;

public class RandomTests
{
    [Fact]
    public void TheSameSeedGivesTheSameNumbers()
    {
        using Generator first = new(7);
        using Generator second = new(7);
        Tensor a = randn(100, generator: first);
        Assert.True(a.Equals(randn(100, generator: second)));
        Assert.False(a.Equals(randn(100, generator: second)));
        Assert.Equal(7, first.initial_seed());
    }

    [Fact]
    public void AStateIsRestored()
    {
        using Generator generator = new(1);
        _ = rand(10, generator: generator);
        Tensor state = generator.get_state();
        Tensor drawn = rand(10, generator: generator);
        generator.set_state(state);
        Assert.True(drawn.Equals(rand(10, generator: generator)));
        generator.manual_seed(5);
        Tensor permutation = randperm(20, generator: generator);
        generator.manual_seed(5);
        Assert.True(permutation.Equals(randperm(20, generator: generator)));
    }

    [Fact]
    public void TheDefaultGeneratorIsSeeded()
    {
        manual_seed(3).Dispose();
        Tensor state = get_rng_state();
        Tensor drawn = randn(5);
        manual_seed(3).Dispose();
        Assert.True(drawn.Equals(randn(5)));
        set_rng_state(state);
        Assert.True(drawn.Equals(randn(5)));
        Assert.Equal(3, initial_seed());
    }

    [Fact]
    public void DrawsHaveTheirDistributions()
    {
        using Generator generator = new(11);
        Tensor uniform = rand(20000, generator: generator);
        Assert.InRange(uniform.mean().ToDouble(), 0.48, 0.52);
        Assert.InRange(uniform.min().ToDouble(), 0, 0.01);
        Assert.InRange(empty(20000).normal_(2, 3, generator).std().ToDouble(), 2.9, 3.1);
        Tensor dice = randint(1, 7, [20000], generator: generator);
        Assert.Equal((1, 6), (dice.min().ToInt32(), dice.max().ToInt32()));
        Assert.InRange(full(20000, 0.25f).bernoulli(generator).mean().ToDouble(), 0.23, 0.27);
        Values.AreEqual([0, 1, 2, 3, 4], randperm(5, generator: generator).sort().values);
        Tensor drawn = tensor(new float[] { 0, 1, 3 }).multinomial(20000, true, generator);
        Assert.InRange((drawn == 2).to(float32).mean().ToDouble(), 0.73, 0.77);
    }
}
