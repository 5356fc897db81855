using LoraUnlearn.Adapters;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Adapters;

public class AdapterNormsTests
{
    [Fact]
    public void NormsAreThoseOfTheWholeChange()
    {
        using Generator generator = new(3);
        Tensor a = randn([4, 9], generator: generator), b = randn([7, 4], generator: generator);
        double expected = b.to_type(ScalarType.Float64).mm(a.to_type(ScalarType.Float64)).norm().item<double>() * 0.5;
        using AdapterFactors factors = new([new ModuleFactors("model.layers.12.mlp.down_proj", a, b, -0.5), new ModuleFactors("head", zeros([1, 3]), zeros([2, 1]), 1)], "a test");

        IReadOnlyList<ModuleNorm> norms = AdapterNorms.Of(factors);

        Assert.Equal(expected, norms[0].Change, 1e-9 * expected);
        Assert.Equal((12, "mlp.down_proj"), (norms[0].Layer, norms[0].Place));
        Assert.Null(norms[0].Relative);
        Assert.Equal(0, norms[1].Change);
        Assert.Null(norms[1].Layer);
    }
}
