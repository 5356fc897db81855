using LoraUnlearn.Quantization;
using MathNet.Numerics.Distributions;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Quantization;

/// <summary>Quantising against the definitions, worked out in float64 one entry at a time.</summary>
public sealed class QuantiserTests
{
    [Fact]
    public void Nf4IsTheQuantilesOfTheNormalDistribution()
    {
        // QLoRA, appendix E: eight quantiles above and seven below, probabilities up to 0.9677083, scaled by the largest, and an exact 0.
        static double[] Quantiles(int count) => [.. Enumerable.Range(0, count).Select(k => Normal.InvCDF(0, 1, 0.9677083 + ((0.5 - 0.9677083) * k / count)))];
        double largest = Quantiles(8)[0];
        double[] expected = [.. Quantiles(7).Select(value => -value / largest), 0, .. Quantiles(8).Reverse().Select(value => value / largest)];
        Assert.Equal(16, expected.Length);
        Closeness.AssertClose([.. expected.Order().Select(value => (float)value)], FourBitCode.Nf4.ToArray(), 2e-6, "NF4");
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public void EveryEntryBecomesTheNearestCode(ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor weight = Random(37, 51, type); // an odd number of entries, blocks across rows
        using FourBitMatrix matrix = FourBitQuantiser.Quantise(weight);
        double[] exact = [.. weight.to_type(ScalarType.Float64).data<double>()];
        byte[] packed = matrix.Packed.bytes.ToArray();
        for (int start = 0; start < exact.Length; start += 64)
        {
            double[] block = exact[start..Math.Min(start + 64, exact.Length)];
            double largest = block.Max(Math.Abs);
            for (int index = 0; index < block.Length; index++)
            {
                double share = block[index] / largest;
                int place = start + index, code = place % 2 == 0 ? packed[place / 2] >> 4 : packed[place / 2] & 15;
                double best = FourBitCode.Nf4.ToArray().Min(value => Math.Abs(value - share));
                Assert.Equal(best, Math.Abs(FourBitCode.Nf4[code] - share), 1e-6);
            }
        }

        Assert.Equal(7, packed[^1] & 15); // the half byte that nothing fills is a 0
    }

    [Fact]
    public void ScalesAreTheNearestOfTheDynamicCode()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor weight = Random(300, 64, ScalarType.Float32); // 300 blocks: two nested scales
        using FourBitMatrix matrix = FourBitQuantiser.Quantise(weight);
        double[] scales = [.. weight.abs().amax([1]).to_type(ScalarType.Float64).data<double>()];
        double mean = scales.Average();
        float[] found = [.. matrix.Scales.ToTensor(0, 300).data<float>()], map = [.. matrix.Scales.Map!.data<float>()], nested = [.. matrix.Scales.Nested!.data<float>()];
        Assert.Equal(256, map.Length);
        Assert.Equal(map.Order(), map);
        Assert.Equal(2, nested.Length);
        Assert.Equal(mean, matrix.Scales.Offset, 1e-6);
        for (int block = 0; block < 300; block++)
        {
            double group = scales.Skip(block / 256 * 256).Take(256).Max(scale => Math.Abs(scale - mean));
            double best = map.Min(value => Math.Abs((value * group) + mean - scales[block]));
            Assert.Equal(best, Math.Abs(found[block] - scales[block]), 2e-6);
        }
    }

    [Fact]
    public void TheDynamicCodeHasSevenDecades()
    {
        // bitsandbytes, create_dynamic_map(signed=True, max_exponent_bits=7, total_bits=8): means of 2ᵏ equal parts of [0.1, 1] · 10ᵏ⁻⁶.
        float[] code = DynamicCode.Values.ToArray();
        Assert.Equal(256, code.Length);
        Assert.Equal(1f, code[^1]);
        Assert.Equal(0.99296875f, code[^2], 1e-6f); // 1 − 0.9/128
        Assert.Equal(-0.99296875f, code[0], 1e-6f);
        Assert.Equal(1, code.Count(value => value == 0));
        Assert.Equal(5.5e-7f, code.Where(value => value > 0).Min(), 1e-12f);
    }

    [Fact]
    public void EveryPathDequantisesAlike()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor weight = Random(129, 1031, ScalarType.Float32);
        using FourBitMatrix matrix = FourBitQuantiser.Quantise(weight);
        Tensor vectors = matrix.Dequantise(ScalarType.Float32), tensors = empty([129 * 1031], ScalarType.Float32);
        matrix.FillWithTensors(tensors);
        Assert.True(vectors.view(-1).eq(tensors).all().item<bool>());
        Assert.True(matrix.Dequantise(ScalarType.BFloat16).eq(vectors.to_type(ScalarType.BFloat16)).all().item<bool>());
        Assert.True(matrix.Dequantise(ScalarType.Float64).eq(vectors.to_type(ScalarType.Float64)).all().item<bool>());

        float[] scales = new float[(129 * 1031 / 64) + 1], single = new float[64];
        matrix.Scales.Read(0, scales);
        FourBitKernel.OneByOne(matrix.Packed.bytes[32..64], FourBitCode.Nf4, scales[1], single, 0);
        Assert.Equal([.. vectors.view(-1).narrow(0, 64, 64).data<float>()], single);
    }

    [Fact]
    public void TheErrorIsThatOfTheDefinition()
    {
        // Of a normal variable, QLoRA's NF4 in blocks of 64 keeps all but some 0.8 % of the energy.
        using DisposeScope scope = NewDisposeScope();
        Tensor weight = Random(512, 512, ScalarType.Float32);
        using FourBitMatrix matrix = FourBitQuantiser.Quantise(weight);
        Tensor blocks = weight.view(-1, 64).to_type(ScalarType.Float64), largest = blocks.abs().amax([1], true);
        Tensor codes = tensor(FourBitCode.Nf4.ToArray()).to_type(ScalarType.Float64);
        Tensor nearest = codes.index_select(0, ((blocks / largest).unsqueeze(2) - codes).abs().argmin(2).view(-1)).view(-1, 64) * largest;
        double expected = (nearest - blocks).norm().ToDouble(), found = (matrix.Dequantise(ScalarType.Float64) - weight).norm().ToDouble();
        Assert.InRange(found / expected, 0.999, 1.002); // the scales are quantised, too
        using EightBitMatrix eight = EightBitMatrix.Quantise(weight);
        Tensor step = weight.abs().amax([1], true) / 127;
        Assert.True((eight.Dequantise(ScalarType.Float32) - weight).abs().le(step * 0.5001).all().item<bool>());
    }

    [Fact]
    public void ABlockOfZerosStaysZero()
    {
        using DisposeScope scope = NewDisposeScope();
        using FourBitMatrix four = FourBitQuantiser.Quantise(zeros(2, 65));
        using EightBitMatrix eight = EightBitMatrix.Quantise(zeros(2, 65));
        Assert.Equal(0, four.Dequantise(ScalarType.Float32).count_nonzero().item<long>());
        Assert.Equal(0, eight.Dequantise(ScalarType.Float32).count_nonzero().item<long>());
    }

    private static Tensor Random(long rows, long columns, ScalarType type)
    {
        using Generator generator = new(5);
        return randn([rows, columns], ScalarType.Float32, generator: generator).mul_(0.02.ToScalar()).to_type(type);
    }
}
