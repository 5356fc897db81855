using LoraUnlearn.Adapters;
using MathNet.Numerics.LinearAlgebra;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Adapters;

/// <summary>
/// The error of a recompression is the least that any matrix of that rank has (Eckart and Young 1936): that of MathNet.Numerics' singular
/// values of the whole ΔW in float64, both as reported and as measured on the factors that are written.
/// </summary>
public class EckartYoungTests
{
    private const double Relative = 1e-5;

    [Theory]
    [InlineData(40, 24, 12, 1.0, 1UL)]
    [InlineData(24, 40, 16, 0.7, 2UL)]
    [InlineData(33, 65, 32, 0.85, 3UL)] // B and A of full width, a decaying spectrum
    [InlineData(16, 16, 30, 1.0, 4UL)] // more rank than the map has
    public void ErrorIsTheOptimum(int outputs, int inputs, int rank, double decay, ulong seed)
    {
        using DisposeScope scope = NewDisposeScope();
        using AdapterFactors factors = Random(outputs, inputs, rank, decay, seed);
        Matrix<double> delta = Dense(factors.Modules[0]);
        double[] spectrum = [.. delta.Svd().S];
        double total = Math.Sqrt(spectrum.Sum(value => value * value));
        for (int kept = 1; kept < Math.Min(rank, spectrum.Length); kept += 3)
        {
            double optimum = Math.Sqrt(spectrum.Skip(kept).Sum(value => value * value)) / total;
            LowRankApproximation lower = Recompression.ToRank(factors, kept);
            using AdapterFactors written = lower.Factors;
            double measured = (delta - Dense(written.Modules[0])).FrobeniusNorm() / total;

            Assert.InRange(lower.Modules[0].RelativeError / optimum, 1 - Relative, 1 + Relative);
            Assert.InRange(measured / optimum, 1 - Relative, 1 + Relative);
        }
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.1)]
    [InlineData(0.01)]
    public void BoundPicksTheSmallestRankThatKeepsIt(double bound)
    {
        using DisposeScope scope = NewDisposeScope();
        using AdapterFactors factors = new(
            [Random(40, 24, 12, 0.6, 5).Modules[0] with { Module = "fast" }, Random(24, 40, 16, 0.9, 6).Modules[0] with { Module = "slow" }], "made up");
        LowRankApproximation lower = ErrorBound.Recompress(factors, bound);
        using AdapterFactors written = lower.Factors;
        foreach ((ModuleFactors module, ModuleApproximation found) in factors.Modules.Zip(lower.Modules))
        {
            double[] spectrum = [.. Dense(module).Svd().S];
            double Error(int rank) => Math.Sqrt(spectrum.Skip(rank).Sum(value => value * value) / spectrum.Sum(value => value * value));
            int smallest = Enumerable.Range(1, spectrum.Length).First(rank => Error(rank) <= bound);
            Assert.Equal(smallest, found.Rank);
            Assert.InRange(found.RelativeError, 0, bound);
        }

        Assert.True(lower.Modules[0].Rank < lower.Modules[1].Rank); // each module its own
        LowRankApproximation capped = ErrorBound.Recompress(factors, bound, largestRank: 2);
        using AdapterFactors two = capped.Factors;
        Assert.All(capped.Modules, module => Assert.InRange(module.Rank, 1, 2));
    }

    [Fact]
    public void ZeroChangeKeepsRankOneAndNoErrorKeepsAll()
    {
        using DisposeScope scope = NewDisposeScope();
        using AdapterFactors factors = new([new("zero", ones([5, 8]), zeros([6, 5]), 1), Random(6, 8, 4, 1, 7).Modules[0] with { Module = "all" }], "made up");
        LowRankApproximation lower = ErrorBound.Recompress(factors, 0);
        using AdapterFactors kept = lower.Factors;
        Assert.Equal([1, 4], lower.Modules.Select(module => module.Rank));
        Assert.Equal([0, 0], lower.Modules.Select(module => module.RelativeError));
    }

    private static AdapterFactors Random(int outputs, int inputs, int rank, double decay, ulong seed)
    {
        using Generator generator = new(seed);
        Tensor weights = tensor(Enumerable.Range(0, rank).Select(index => (float)Math.Pow(decay, index)).ToArray());
        return new AdapterFactors(
            [new("m", randn([rank, inputs], ScalarType.Float32, generator: generator) * weights.unsqueeze(1), randn([outputs, rank], ScalarType.Float32, generator: generator), 1.7)], "made up");
    }

    private static Matrix<double> Dense(ModuleFactors module)
    {
        Matrix<double> Of(Tensor values) => Matrix<double>.Build.Dense((int)values.shape[0], (int)values.shape[1], (row, column) => values[row, column].item<float>());
        return Of(module.B) * Of(module.A) * module.Scale;
    }
}
