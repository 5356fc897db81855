using LoraUnlearn.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Checkpoints;

public class FloatingBytesTests
{
    private static readonly float[] Corners =
        [0, -0f, 1, -1, 1.00390625f, 1.01171875f, -1.00390625f, 65504, -65519.99f, 1e-8f, 5.96e-8f, 6.1e-5f, 3.4e38f, -1e30f, 1e-40f, 0.1f, 1 / 3f, 2.0009765625f];

    public static TheoryData<ScalarType> Types => [ScalarType.Float32, ScalarType.Float16, ScalarType.BFloat16, ScalarType.Float64];

    [Theory]
    [MemberData(nameof(Types))]
    public void RoundsAndReadsAsLibtorchDoes(ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(3);
        float[] values = [.. Corners, .. randn([1001], generator: generator).data<float>().ToArray(), .. (randn([50], generator: generator) * 1e-5).data<float>().ToArray()];
        Tensor expected = tensor(values).to_type(type);
        byte[] bytes = new byte[values.Length * expected.ElementSize];
        FloatingBytes.Narrow<float>(values, type, bytes);
        Assert.Equal(expected.bytes.ToArray(), bytes);

        float[] singles = new float[values.Length];
        double[] doubles = new double[values.Length];
        FloatingBytes.Widen(bytes, type, singles.AsSpan());
        FloatingBytes.Widen(bytes, type, doubles.AsSpan());
        Assert.Equal(expected.to_type(ScalarType.Float32).data<float>().ToArray(), singles);
        Assert.Equal(expected.to_type(ScalarType.Float64).data<double>().ToArray(), doubles);
    }

    [Fact]
    public void DoublesAreRoundedToBFloat16Once()
    {
        // Just above and below a tie of BF16, by less than float can tell: rounding to float first would give the even neighbour.
        double[] values = [1.00390625 + 1e-12, 1.01171875 - 1e-12, 1.00390625, 1.01171875, -(1.00390625 + 1e-12)];
        byte[] bytes = new byte[2 * values.Length];
        FloatingBytes.Narrow<double>(values, ScalarType.BFloat16, bytes);
        float[] rounded = new float[values.Length];
        FloatingBytes.Widen(bytes, ScalarType.BFloat16, rounded.AsSpan());
        Assert.Equal([1.0078125f, 1.0078125f, 1, 1.015625f, -1.0078125f], rounded);
    }

    [Theory]
    [InlineData(ScalarType.BFloat16, 1.002f, 1, 1.0078125f)]
    [InlineData(ScalarType.BFloat16, -3e-20f, -3.00696696e-20f, -2.98579114e-20f)] // 142 and 141 times 2⁻⁷²
    [InlineData(ScalarType.Float16, 0.1f, 0.099975586f, 0.10003662f)]
    [InlineData(ScalarType.Float16, -1e-6f, -1.0132790e-6f, -9.5367432e-7f)] // among F16's subnormals
    public void RoundingAtRandomIsToANeighbourAndExactInTheMean(ScalarType type, float value, float lower, float upper)
    {
        const int Count = 200_000;
        float[] values = new float[Count];
        Array.Fill(values, value);
        float[] rounded = Rounded(new StochasticRounding(7, "w"), values, type);
        Assert.Equal([lower, upper], rounded.Distinct().Order());
        double mean = rounded.Average(one => (double)one), deviation = (upper - lower) / 2.0 / Math.Sqrt(Count);
        Assert.InRange(mean - value, -5 * deviation, 5 * deviation);

        Assert.Equal(rounded, Rounded(new StochasticRounding(7, "w"), values, type));
        Assert.NotEqual(rounded, Rounded(new StochasticRounding(8, "w"), values, type));
        Assert.NotEqual(rounded, Rounded(new StochasticRounding(7, "v"), values, type));
        Assert.Equal(rounded[1000..], Rounded(new StochasticRounding(7, "w"), values[1000..], type, 1000));
    }

    [Theory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public void WhatTheTypeHasStaysUnderRoundingAtRandom(ScalarType type)
    {
        float[] values = [0, -0f, 1, -1.5f, 0.0625f, 6.1035156e-5f, 5.9604645e-8f, 384];
        Assert.Equal(values, Rounded(new StochasticRounding(1, "w"), values, type));
    }

    private static float[] Rounded(StochasticRounding rounding, float[] values, ScalarType type, long first = 0)
    {
        byte[] bytes = new byte[2 * values.Length];
        rounding.Narrow(values, type, bytes, first);
        float[] rounded = new float[values.Length];
        FloatingBytes.Widen(bytes, type, rounded.AsSpan());
        return rounded;
    }
}
