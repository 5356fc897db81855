using static TorchSharp.torch;

namespace TorchSharp.Tests;

public class AutogradTests
{
    [Fact]
    public void GradOfAPolynomial()
    {
        using Tensor x = tensor(new double[] { 1, 2, 3 }, requires_grad: true);
        using Tensor y = (x.pow(3) + (2 * x)).sum();
        IList<Tensor> gradients = autograd.grad([y], [x]);
        Values.AreEqual([5, 14, 29], gradients[0], 1e-12);
        Assert.Null(x.grad);
    }

    [Fact]
    public void GradWeighsTheOutputs()
    {
        using Tensor x = tensor(new double[] { 1, 2 }, requires_grad: true);
        using Tensor y = x.square();
        Values.AreEqual([20, -4], autograd.grad([y], [x], [tensor(new double[] { 10, -1 })])[0], 1e-12);
    }

    [Fact]
    public void AnUnusedInputGivesAnInvalidTensor()
    {
        using Tensor x = tensor(2.0, requires_grad: true);
        using Tensor unused = tensor(3.0, requires_grad: true);
        using Tensor y = x * x;
        IList<Tensor> gradients = autograd.grad([y], [unused, x], allow_unused: true);
        Assert.True(gradients[0].IsInvalid);
        Assert.Equal(4, gradients[1].ToDouble());
        using Tensor z = x * x;
        Assert.ThrowsAny<Exception>(() => autograd.grad([z], [unused]));
    }

    [Fact]
    public void RetainAndCreateGraph()
    {
        using Tensor x = tensor(3.0, requires_grad: true);
        using Tensor y = x.pow(3);
        Tensor first = autograd.grad([y], [x], create_graph: true)[0];
        Assert.Equal(27, first.ToDouble());
        Assert.Equal(18, autograd.grad([first], [x])[0].ToDouble());

        using Tensor z = x * x;
        _ = autograd.grad([z], [x], retain_graph: true);
        _ = autograd.grad([z], [x]);
        Assert.ThrowsAny<Exception>(() => autograd.grad([z], [x]));
    }

    [Fact]
    public void BackwardAccumulates()
    {
        using Tensor x = tensor(new double[] { 1, 2 }, requires_grad: true);
        (x * 3).sum().backward();
        (x * 3).sum().backward();
        Values.AreEqual([6, 6], x.grad!);
        x.grad = null;
        Assert.Null(x.grad);
        x.grad = tensor(new double[] { 1, 1 });
        autograd.backward(x * x, tensor(new double[] { 1, 10 }));
        Values.AreEqual([3, 41], x.grad!);
    }

    [Fact]
    public void ModesSwitchRecording()
    {
        using Tensor x = tensor(1.0, requires_grad: true);
        Assert.True(is_grad_enabled());
        using (no_grad())
        {
            Assert.False(is_grad_enabled());
            Assert.False((x * 2).requires_grad);
            using (enable_grad())
            {
                Assert.True((x * 2).requires_grad);
            }

            Assert.False(is_grad_enabled());
        }

        Assert.True(is_grad_enabled());
        using (inference_mode())
        {
            Assert.True(is_inference_mode_enabled());
        }

        Assert.False(is_inference_mode_enabled());
        Assert.False((x * 2).detach().requires_grad);
        Assert.True(x.is_leaf);
        Assert.False((x * 2).is_leaf);
    }

    [Fact]
    public void ConversionsAndViewsCarryGradients()
    {
        using Tensor x = ones(2, 3, requires_grad: true);
        using Tensor y = (x.to(float64).t()[1] * tensor(new double[] { 2, 3 })).sum();
        Values.AreEqual([2, 3], [0, 2, 0, 0, 3, 0], autograd.grad([y], [x])[0]);
    }
}
