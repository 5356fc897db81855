using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TorchSharp.Tests;

public class FunctionalTests
{
    [Fact]
    public void Losses()
    {
        Tensor logits = tensor(new double[] { 1, 2, 3, 0, 0, 0 }, [2, 3]);
        Tensor target = tensor(new long[] { 2, 0 });
        double first = -3 + Math.Log(Math.E + Math.Exp(2) + Math.Exp(3));
        double second = Math.Log(3);
        Assert.Equal((first + second) / 2, F.cross_entropy(logits, target).ToDouble(), 12);
        Values.AreEqual([2], [first, second], F.cross_entropy(logits, target, reduction: nn.Reduction.None), 1e-12);
        Assert.Equal(first, F.cross_entropy(logits, tensor(new long[] { 2, -100 })).ToDouble(), 12);
        Assert.Equal(first + second, F.nll_loss(logits.log_softmax(1), target, reduction: nn.Reduction.Sum).ToDouble(), 12);
        Assert.Equal(2.5, F.mse_loss(tensor([1.0, 2.0]), tensor([2.0, 4.0])).ToDouble(), 12);

        Tensor p = tensor([0.25, 0.75]);
        Tensor q = tensor([0.5, 0.5]);
        double divergence = (0.25 * Math.Log(0.5)) + (0.75 * Math.Log(1.5));
        Assert.Equal(divergence, F.kl_div(q.log(), p.log(), reduction: nn.Reduction.Sum).ToDouble(), 12);
        Assert.Equal(divergence, F.kl_div(q.log(), p, log_target: false, nn.Reduction.Sum).ToDouble(), 12);
    }

    [Fact]
    public void Activations()
    {
        Tensor x = tensor([-1.0, 0.0, 2.0]);
        Values.AreEqual([-1 / (1 + Math.E), 0, 2 / (1 + Math.Exp(-2))], F.silu(x), 1e-12);
        Values.AreEqual([-0.15865525393145707, 0, 1.9544997361036416], F.gelu(x), 1e-12);
        double Tanh(double v) => 0.5 * v * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (v + (0.044715 * v * v * v))));
        Values.AreEqual([Tanh(-1), 0, Tanh(2)], F.gelu(x, GELU.Approximate.tanh), 1e-12);
        Values.AreEqual([0, 0, 2], F.relu(x), 0);
        Values.AreEqual([Math.Log(1 + Math.Exp(-1)), Math.Log(2), Math.Log(1 + Math.Exp(2))], F.softplus(x), 1e-12);
        Values.AreEqual([-Math.Log(1 + Math.E), -Math.Log(2), -Math.Log(1 + Math.Exp(-2))], F.logsigmoid(x), 1e-12);
        Assert.Same(x, F.relu(x, inplace: true));
    }

    [Fact]
    public void Normalisation()
    {
        Tensor x = tensor(new double[] { 1, 2, 3, 4, 0, 3 }, [2, 3]);
        double unit = Math.Sqrt(1.5);
        Tensor normed = F.layer_norm(x, [3], ones(3, dtype: float64), zeros(3, dtype: float64), 0);
        Values.AreEqual([-unit, 0, unit], normed[0], 1e-12);
        Values.AreEqual([0.8, 0, 0.6], F.normalize(x)[1], 1e-12);
        Values.AreEqual([2, 3], [0, 1, 0, 0, 0, 1], F.one_hot(tensor(new long[] { 1, 2 })));
        Assert.True(F.dropout(x, 0.5, training: false).Equals(x));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void AttentionIsItsDefinition(bool causal, bool masked)
    {
        using Generator generator = new(4);
        Tensor query = randn([1, 2, 3, 4], float64, generator: generator);
        Tensor key = randn([1, 2, 3, 4], float64, generator: generator);
        Tensor value = randn([1, 2, 3, 4], float64, generator: generator);
        Tensor allowed = tensor(new[] { true, true, false, false, true, true, true, false, true }, [3, 3]);
        Tensor found = F.scaled_dot_product_attention(query, key, value, masked ? allowed : null, 0, causal);

        double[] expected = new double[2 * 3 * 4];
        for (int h = 0; h < 2; h++)
        {
            for (int i = 0; i < 3; i++)
            {
                double[] weights = new double[3];
                for (int j = 0; j < 3; j++)
                {
                    bool open = causal ? j <= i : !masked || allowed[i, j].ToBoolean();
                    weights[j] = open ? Math.Exp(query[0, h, i].dot(key[0, h, j]).ToDouble() / 2) : 0;
                }

                for (int d = 0; d < 4; d++)
                {
                    expected[(((h * 3) + i) * 4) + d] = Enumerable.Range(0, 3).Sum(j => weights[j] * value[0, h, j, d].ToDouble()) / weights.Sum();
                }
            }
        }

        Values.AreEqual([1, 2, 3, 4], expected, found, 1e-12);
    }
}
