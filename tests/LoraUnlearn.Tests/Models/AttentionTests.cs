using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Models;

public class AttentionTests
{
    // Both ways of computing causal attention with grouped heads, forward and by the gradient; the plain way's scale has float32's digits.
    [Theory]
    [InlineData(4, 4)]
    [InlineData(4, 2)]
    [InlineData(4, 1)]
    public void FusedAndPlainAgree(int heads, int keyValueHeads)
    {
        using Decoder decoder = new TinyModel(layers: 1, heads: heads, keyValueHeads: keyValueHeads).Build();
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(7);
        Tensor input = randn([2 * 5, 8], ScalarType.Float64, generator: generator);
        (Tensor plain, Tensor plainGradient) = Block(decoder, input, fused: false);
        (Tensor fused, Tensor fusedGradient) = Block(decoder, input, fused: true);

        Assert.InRange((plain - fused).abs().max().ToDouble(), 0, 1e-6);
        Assert.InRange((plainGradient - fusedGradient).abs().max().ToDouble(), 0, 1e-6);
    }

    [Theory]
    [InlineData(8, 8)]
    [InlineData(4, 8)]
    public void RotationIsThatOfTheFormula(long width, long headWidth)
    {
        using DisposeScope scope = NewDisposeScope();
        using RotaryEmbedding rotary = new(new RotarySpec { Width = width }, ScalarType.Float64, CPU);
        using Generator generator = new(8);
        Tensor heads = randn([2, 3, headWidth], ScalarType.Float64, generator: generator); // [b,t,w]
        (Tensor cosine, Tensor sine) = rotary.SignedTables(1, 3);
        double[] given = heads.data<double>().ToArray();
        double[] rotated = rotary.Rotate(heads, cosine, sine).contiguous().data<double>().ToArray();
        for (int row = 0; row < 6; row++)
        {
            int position = 1 + (row % 3), start = row * (int)headWidth, half = (int)width / 2;
            for (int j = 0; j < headWidth; j++)
            {
                double angle = position * Math.Pow(10000, -2.0 * (j % half) / width);
                double expected = j >= width ? given[start + j]
                    : j < half ? (given[start + j] * Math.Cos(angle)) - (given[start + j + half] * Math.Sin(angle))
                    : (given[start + j] * Math.Cos(angle)) + (given[start + j - half] * Math.Sin(angle));
                Assert.Equal(expected, rotated[start + j], 12);
            }
        }
    }

    [Fact]
    public void NormOfZerosIsZeroAndSoIsItsGradient()
    {
        using DisposeScope scope = NewDisposeScope();
        Norm norm = new(NormKind.Rms, 1e-5, ones([4], ScalarType.Float32), null);
        Tensor input = zeros([1, 4], ScalarType.Float32, requires_grad: true);
        Tensor output = norm.Forward(input);
        Tensor gradient = autograd.grad([output], [input], [ones_like(output)])[0];

        // y = x / √(mean(x²) + ε), so that dy/dx at 0 is 1/√ε.
        Assert.All(output.data<float>().ToArray(), value => Assert.Equal(0, value));
        Assert.All(gradient.data<float>().ToArray(), value => Assert.Equal(1 / Math.Sqrt(1e-5), value, 1e-2));
    }

    private static (Tensor Output, Tensor Gradient) Block(Decoder decoder, Tensor values, bool fused)
    {
        using AttentionContext context = decoder.Begin(2, 5);
        context.PrefersFused = fused;
        Tensor input = values.detach().clone().requires_grad_(true);
        Tensor output = decoder.Blocks[0].Forward(input, context);
        return (output, autograd.grad([output], [input], [ones_like(output)])[0]);
    }
}
