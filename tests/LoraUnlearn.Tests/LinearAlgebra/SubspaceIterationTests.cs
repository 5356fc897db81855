using LoraUnlearn.LinearAlgebra;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.LinearAlgebra;

public class SubspaceIterationTests
{
    private const int Outputs = 320;
    private const int Inputs = 288;

    public static TheoryData<string> Spectra => new("geometric", "harmonic", "root");

    // diag(w) W = U S Vᵀ by construction, so the best possible energy is known without any decomposition.
    [Theory]
    [MemberData(nameof(Spectra))]
    public void CapturesTheEnergyOfDecayingSpectra(string decay)
    {
        const int rank = 16;
        using DisposeScope scope = NewDisposeScope();
        double[] values = Spectrum(decay);
        using Generator generator = new(3);
        Tensor w = rand([Outputs], ScalarType.Float64, generator: generator).mul_(2).add_(0.1); // [o]
        Tensor weighted = Orthonormal(Outputs, 4).mm(diag(tensor(values))).mm(Orthonormal(Inputs, 5).t()); // [o,i]
        Tensor weight = (weighted / w.unsqueeze(1)).to_type(ScalarType.Float32);

        LeadingSingular svd = SubspaceIteration.Compute(weight, w, rank, iterations: 4, seed: 1);

        double best = values.Take(rank).Sum(value => value * value);
        Assert.InRange(Energy(weighted, svd.RightVectors), 0.999 * best, (1 + 1e-6) * best);
        Assert.InRange(Math.Abs(svd.Values[0].ToDouble() - values[0]) / values[0], 0, 1e-3);
        AssertOrthonormal(svd.RightVectors);
    }

    [Fact]
    public void ExactAndRandomisedAgreeWhereTheSpectrumHasAGap()
    {
        using DisposeScope scope = NewDisposeScope();
        double[] values = [.. Enumerable.Range(0, Inputs).Select(k => k < 8 ? 10.0 - k : 0.01)];
        Tensor weight = Orthonormal(Outputs, 4).mm(diag(tensor(values))).mm(Orthonormal(Inputs, 5).t()).to_type(ScalarType.Float32);
        LeadingSingular exact = SubspaceIteration.Compute(weight, null, 8, 4, 1, exact: true);
        LeadingSingular randomised = SubspaceIteration.Compute(weight, null, 8, 4, 1);
        Assert.InRange((Projector(exact) - Projector(randomised)).abs().max().ToDouble(), 0, 1e-4);
        Assert.All(values.Take(8).Zip(exact.Values.data<float>().ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
        Assert.All(values.Take(8).Zip(randomised.Values.data<float>().ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
    }

    [Fact]
    public void RowsOfNoWeightDoNotCount()
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(8);
        Tensor weight = randn([Outputs, Inputs], ScalarType.Float32, generator: generator);
        Tensor w = ones([Outputs], ScalarType.Float32);
        w.narrow(0, 20, Outputs - 20).zero_(); // twenty rows are left: rank 20
        LeadingSingular svd = SubspaceIteration.Compute(weight, w, 20, 4, 1);
        Tensor kept = weight.narrow(0, 0, 20).to_type(ScalarType.Float64);
        double all = kept.square().sum().ToDouble();
        Assert.InRange(Energy(kept, svd.RightVectors), (1 - 1e-5) * all, (1 + 1e-5) * all);
    }

    [Fact]
    public void TheSeedDecides()
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(8);
        Tensor weight = randn([Outputs, Inputs], ScalarType.Float32, generator: generator);
        float[] Vectors(long seed) => SubspaceIteration.Compute(weight, null, 4, 1, seed).RightVectors.contiguous().data<float>().ToArray();
        Assert.Equal(Vectors(1), Vectors(1));
        Assert.NotEqual(Vectors(1), Vectors(2));
    }

    private static double[] Spectrum(string decay) => [.. Enumerable.Range(0, Inputs).Select(k => decay switch
    {
        "geometric" => Math.Pow(0.9, k),
        "harmonic" => 1.0 / (1 + k),
        _ => 1.0 / Math.Sqrt(1 + k),
    })];

    private static double Energy(Tensor matrix, Tensor vectors) => matrix.mm(vectors.to_type(ScalarType.Float64)).square().sum().ToDouble();

    private static Tensor Projector(LeadingSingular svd) => svd.RightVectors.mm(svd.RightVectors.t());

    private static void AssertOrthonormal(Tensor vectors) =>
        Assert.InRange((vectors.t().mm(vectors) - eye(vectors.shape[1])).abs().max().ToDouble(), 0, 1e-5);

    private static Tensor Orthonormal(long size, ulong seed)
    {
        using Generator generator = new(seed);
        return linalg.qr(randn([size, Inputs], ScalarType.Float64, generator: generator)).Item1; // [size,Inputs]
    }
}
