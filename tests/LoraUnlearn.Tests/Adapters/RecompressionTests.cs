using LoraUnlearn.Adapters;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Adapters;

public class RecompressionTests
{
    [Fact]
    public void TheErrorIsTheTailOfTheSpectrum()
    {
        using DisposeScope scope = NewDisposeScope();
        using AdapterFactors factors = new([Diagonal("first", 0.5, 4, 3, 2, 1), Diagonal("second", 2, 1, 1, 1)], "made up");
        LowRankApproximation lower = Recompression.ToRank(factors, 2);
        using AdapterFactors kept = lower.Factors;

        // first: 0.5·(4,3,2,1), loses (1, 0.5); second: 2·(1,1,1), loses one 2.
        Assert.Equal([2, 2], lower.Modules.Select(module => module.Rank));
        Assert.Equal(Math.Sqrt(5.0 / 30), lower.Modules[0].RelativeError, 12);
        Assert.Equal(Math.Sqrt(1.0 / 3), lower.Modules[1].RelativeError, 12);
        Assert.Equal(Math.Sqrt((1.25 + 4) / (7.5 + 12)), lower.RelativeError, 12);

        Tensor delta = Product(kept.Modules[0]); // the leading 0.5·(4,3) are left, the rest is zero
        Assert.InRange(FixtureModel.Difference(delta, Product(Diagonal("first", 0.5, 4, 3, 0, 0))), 0, 1e-6);
        Assert.Equal(0.5, kept.Modules[0].Scale);
        // Balanced: both factors carry √σ.
        Assert.Equal(7, kept.Modules[0].A.square().sum().ToDouble(), 5);
        Assert.Equal(7, kept.Modules[0].B.square().sum().ToDouble(), 5);
    }

    [Fact]
    public void RankThatIsNotNeededGoesWithoutLoss()
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(11);
        Tensor a = randn([3, 9], ScalarType.Float32, generator: generator);
        Tensor b = randn([7, 3], ScalarType.Float32, generator: generator);
        ModuleFactors twice = new("m", cat(new[] { a, a }, 0), cat(new[] { b, b * 0.5 }, 1), 2); // 1.5·B A, of rank 3
        using AdapterFactors factors = new([twice], "made up");
        LowRankApproximation lower = Recompression.ToRank(factors, 3);
        using AdapterFactors kept = lower.Factors;
        Assert.InRange(lower.RelativeError, 0, 1e-7);
        Assert.InRange(FixtureModel.Difference(Product(kept.Modules[0]), b.mm(a) * 3), 0, 1e-5);
        LowRankApproximation two = Recompression.ToRank(factors, 2);
        using AdapterFactors second = two.Factors;
        (_, Tensor values, _) = linalg.svd(b.mm(a).to_type(ScalarType.Float64), false);
        double[] spectrum = values.data<double>().ToArray();
        Assert.Equal(spectrum[2] / Math.Sqrt(spectrum.Take(3).Sum(value => value * value)), two.RelativeError, 6);
    }

    [Fact]
    public void RankAboveTheWidthsAndZeroChangesAreFine()
    {
        using DisposeScope scope = NewDisposeScope();
        using AdapterFactors factors = new([new("wide", ones([5, 2]), ones([3, 5]), 1), new("zero", ones([5, 2]), zeros([3, 5]), 1)], "made up");
        LowRankApproximation lower = Recompression.ToRank(factors, 4);
        using AdapterFactors kept = lower.Factors;
        Assert.Equal([2, 2], kept.Modules.Select(module => module.Rank)); // min(o, i)
        Assert.Equal(0, lower.Modules[1].RelativeError);
        Assert.InRange(FixtureModel.Difference(Product(kept.Modules[0]), full([3, 2], 5)), 0, 1e-5);
    }

    [Fact]
    public void ModulesOfLowRankStayAsTheyAre()
    {
        using DisposeScope scope = NewDisposeScope();
        using AdapterFactors factors = new([Diagonal("low", 1, 2), Diagonal("high", 1, 3, 4)], "made up");
        LowRankApproximation lower = Recompression.ToRank(factors, 1);
        using AdapterFactors kept = lower.Factors;
        Assert.Equal(0, FixtureModel.Difference(kept.Modules[0].A, factors.Modules[0].A));
        Assert.Equal(0, lower.Modules[0].RelativeError);
        Assert.Equal(Math.Sqrt(9.0 / 29), lower.RelativeError, 12);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void RanksOutOfRangeAreRefused(int rank)
    {
        using DisposeScope scope = NewDisposeScope();
        using AdapterFactors factors = new([Diagonal("m", 1, 2, 3)], "here");
        InputException error = Assert.Throws<InputException>(() => Recompression.ToRank(factors, rank));
        Assert.Equal($"here: cannot be recompressed to rank {rank}; it has rank 2, so choose 1 to 2 with --rank, or leave that out.", error.Message);
    }

    [Fact]
    public void ValuesThatAreNotFiniteAreRefused()
    {
        using DisposeScope scope = NewDisposeScope();
        using AdapterFactors factors = new([new("m", full([2, 4], double.NaN, ScalarType.Float32), ones([4, 2]), 1)], "here");
        Assert.Contains("'m' hold values that are not finite", Assert.Throws<InputException>(() => Recompression.ToRank(factors, 1)).Message, StringComparison.Ordinal);
    }

    /// <summary>s·diag(values) inside [6,8], through factors that are far from balanced.</summary>
    private static ModuleFactors Diagonal(string name, double scale, params double[] values)
    {
        Tensor a = zeros([values.Length, 8]), b = zeros([6, values.Length]);
        for (int index = 0; index < values.Length; index++)
        {
            a[index, index + 1] = tensor(100f);
            b[index, index] = tensor((float)values[index] / 100);
        }

        return new ModuleFactors(name, a, b, scale);
    }

    private static Tensor Product(ModuleFactors module) => module.B.mm(module.A) * module.Scale;
}
