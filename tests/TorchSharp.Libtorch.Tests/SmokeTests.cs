using static TorchSharp.torch;

namespace TorchSharp.Tests;

public class SmokeTests
{
    [Fact]
    public void Runs()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor a = tensor(new float[] { 1, 2, 3, 4, 5, 6 }, [2, 3]);
        Assert.Equal(21f, a.sum().ToSingle());
        Assert.Equal([2L, 3L], a.shape);
        Tensor w = ones(3, 4, requires_grad: true);
        Tensor y = a.matmul(w).pow(2).sum();
        Tensor g = autograd.grad([y], [w])[0];
        Assert.Equal([3L, 4L], g.shape);
        Assert.Equal(2 * (1 * 6 + 4 * 15), g[0, 0].ToSingle());
        Assert.Equal([2f, 5f], a[.., 1].data<float>().ToArray());
    }

    [Fact]
    public void Fails() =>
        Assert.Contains("matmul of Float[2, 3], Float[4, 5]", Assert.ThrowsAny<Exception>(() => ones(2, 3).matmul(ones(4, 5))).Message);
}
