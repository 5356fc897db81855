using LoraUnlearn.Fisher;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Fisher;

public class RelativeFisherTests
{
    [Fact]
    public void RowwiseDividesTheRowSums()
    {
        // Mean retain Fisher 2, so ε = 0.5 adds 1.
        Assert.Equal([1.0, 3.0, 0.0], Values(RelativeFisher.Rowwise, [2, 9, 0], [1, 2, 3], 0.5));
        Assert.Equal([2.0, 9.0, 0.0], Values(RelativeFisher.Rowwise, [2, 9, 0], null, 0.5));
        Assert.Equal([2.0, 9.0, 0.0], Values(RelativeFisher.Rowwise, [2, 9, 0], [0, 0, 0], 0.5));
    }

    [Fact]
    public void ElementwiseDividesBeforeItSums()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor forget = tensor(new[] { 2.0, 9, 0, 4 }, [2, 2]);
        Tensor retain = tensor(new[] { 1.0, 2, 3, 2 }, [2, 2]); // mean 2
        Assert.Equal([(2.0 / 2) + (9.0 / 3), (0.0 / 4) + (4.0 / 3)], RelativeFisher.Elementwise(forget, retain, 0.5).data<double>().ToArray());
        Assert.Equal([11.0, 4.0], RelativeFisher.Elementwise(forget, null, 0.5).data<double>().ToArray());
    }

    [Fact]
    public void WeightsHaveRootMeanSquareOne()
    {
        Assert.Equal([0f, MathF.Sqrt(0.5f), MathF.Sqrt(1.5f), MathF.Sqrt(2f)], Weights([0, 1e-9, 3e-9, 4e-9]), (e, a) => Math.Abs(e - a) < 1e-6);
        Assert.Equal([1f, 1f], Weights([0, 0]));
    }

    private static double[] Values(Func<Tensor, Tensor?, double, Tensor> measure, double[] forget, double[]? retain, double epsilon)
    {
        using DisposeScope scope = NewDisposeScope();
        return measure(tensor(forget), retain is null ? null : tensor(retain), epsilon).data<double>().ToArray();
    }

    private static float[] Weights(double[] relative)
    {
        using DisposeScope scope = NewDisposeScope();
        return new ModuleFisher(tensor(relative), null, tensor(relative)).Weights().data<float>().ToArray();
    }
}
