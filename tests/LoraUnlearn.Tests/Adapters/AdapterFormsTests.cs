using LoraUnlearn.Adapters;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Adapters;

/// <summary>Forms of an adapter for other programs, against the matrix that it stands for.</summary>
public sealed class AdapterFormsTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void OneAlphaChangesNoMatrix()
    {
        using AdapterFactors factors = Mixed();
        Tensor[] before = [.. factors.Modules.Select(Product)];
        using AdapterFactors uniform = AdapterForms.WithOneAlpha(factors, out double alpha);

        Assert.Equal(6, alpha);
        Assert.All(uniform.Modules, module => Assert.Equal(6.0 / module.Rank, module.Scale));
        Assert.All(uniform.Modules.Zip(before), pair => Assert.InRange(FixtureModel.Difference(Product(pair.First), pair.Second), 0, 1e-5));
        Assert.Equal(0, FixtureModel.Difference(factors.Modules[0].B, uniform.Modules[0].B)); // bit for bit where nothing is to be done
    }

    [Fact]
    public void OneRankChangesNoMatrix()
    {
        using AdapterFactors factors = Mixed();
        Tensor[] before = [.. factors.Modules.Select(Product)];
        using AdapterFactors uniform = AdapterForms.WithOneRank(factors);

        Assert.All(uniform.Modules, module => Assert.Equal((4, uniform.Modules[0].Scale), (module.Rank, module.Scale)));
        Assert.All(uniform.Modules.Zip(before), pair => Assert.InRange(FixtureModel.Difference(Product(pair.First), pair.Second), 0, 1e-5));
    }

    [Fact]
    public void AlphaOfAZeroAdapterIsOne()
    {
        using AdapterFactors factors = new([new("m", ones([2, 3]), ones([4, 2]), 0)], "nothing");
        using AdapterFactors uniform = AdapterForms.WithOneAlpha(factors, out double alpha);
        Assert.Equal((1.0, 0f), (alpha, uniform.Modules[0].B.abs().max().item<float>()));
    }

    [Fact]
    public void DifferenceIsThatOfTheMatrices()
    {
        using AdapterFactors factors = Mixed();
        using AdapterFactors rounded = AdapterForms.Rounded(factors, ScalarType.BFloat16);
        LowRankApproximation found = AdapterForms.Compare(factors, rounded);
        foreach ((ModuleFactors exact, ModuleFactors other, ModuleApproximation module) in factors.Modules.Zip(rounded.Modules, found.Modules))
        {
            Tensor whole = Product(exact), difference = whole - Product(other);
            double expected = (difference.square().sum().sqrt() / whole.square().sum().sqrt()).item<double>();
            Assert.Equal(expected, module.RelativeError, 1e-6 * expected);
            Assert.InRange(expected, 1e-4, 1e-2);
        }
    }

    private static ModuleFactors Random(string name, int rank, double scale, ulong seed)
    {
        using Generator generator = new(seed);
        return new ModuleFactors(name, randn([rank, 9], ScalarType.Float32, generator: generator), randn([7, rank], ScalarType.Float32, generator: generator), scale);
    }

    private static AdapterFactors Mixed() => new([Random("a", 3, 2, 1), Random("b", 4, 1.5, 2), Random("c", 2, -0.7, 3)], "made up");

    private static Tensor Product(ModuleFactors module) => module.B.to_type(ScalarType.Float64).mm(module.A.to_type(ScalarType.Float64)) * module.Scale;
}
