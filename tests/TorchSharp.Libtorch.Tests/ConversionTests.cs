using static TorchSharp.torch;

namespace TorchSharp.Tests;

public class ConversionTests
{
    [Fact]
    public void ConvertsElementTypes()
    {
        Tensor x = tensor(new float[] { 1.9f, -1.9f, 0 });
        Values.AreEqual([1, -1, 0], x.to(int64));
        Values.AreEqual([1, 1, 0], x.@bool());
        Assert.Equal(ScalarType.Float64, x.@double().dtype);
        Assert.Equal(ScalarType.Float32, x.to(float64).type_as(x).dtype);
        Assert.Equal(ScalarType.Float16, x.to(x.half()).dtype);
    }

    [Fact]
    public void ToTheSameTypeSharesUnlessACopyIsAskedFor()
    {
        Tensor x = zeros(2);
        x.to(float32).add_(1);
        x.to(float32, copy: true).add_(1);
        x.to("cpu").add_(1);
        Values.AreEqual([2, 2], x);
    }

    [Fact]
    public void DisposeAfterGivesTheSourceUp()
    {
        Tensor x = zeros(2);
        using Tensor y = x.to(float64, disposeAfter: true);
        Assert.True(x.IsInvalid);
    }

    [Fact]
    public void NarrowTypesRoundTrip()
    {
        float[] values = [1, -2.5f, 0.15625f, 65280];
        Values.AreEqual([1, -2.5, 0.15625, 65280], tensor(values).to(bfloat16).to(float32), 0);
        Values.AreEqual([1, -2.5, 0.15625], tensor(values).to(float16)[..3].to(float32), 0);

        // bfloat16 keeps 8 significant bits: 1.01 becomes 1.0078125, as the upper half of 0x3F8147AE rounds up to 0x3F81.
        Tensor rounded = tensor(new float[] { 1.01f }).to(bfloat16);
        Assert.Equal(1.0078125f, rounded.ToSingle());
        Assert.Equal(0x3F81, BitConverter.ToUInt16(rounded.bytes));
        Assert.Equal(1.0078125f, rounded.item<BFloat16>().ToSingle());
        Assert.Equal(1.0078125f, new BFloat16(1.01f).ToSingle());
        Assert.Equal((Half)1.5f, tensor(new float[] { 1.5f }).half().item<Half>());
        Assert.Equal([(Half)1, (Half)2], tensor(new[] { (Half)1, (Half)2 }).data<Half>().ToArray());
    }

    [Fact]
    public void SingleElements()
    {
        Assert.Equal(3, tensor(3L).ToInt32());
        Assert.Equal(3.5, (double)tensor(3.5));
        Assert.Equal(3, (int)tensor(3));
        Assert.True(tensor(true).item<bool>());
        Assert.Equal(255, tensor((byte)255).item<byte>());
        Assert.Throws<ArgumentException>(() => tensor(1f).item<double>());
        Assert.Throws<ArgumentException>(() => tensor(1f).data<long>());
    }

    [Fact]
    public void AccessorsFollowStrides()
    {
        Tensor x = tensor(new float[] { 1, 2, 3, 4, 5, 6 }, [2, 3]);
        Utils.TensorAccessor<float> transposed = x.t().data<float>();
        Assert.Equal([1, 4, 2, 5, 3, 6], transposed.ToArray());
        Assert.Equal([1, 4, 2, 5, 3, 6], [.. transposed]);
        Assert.Equal(5, transposed[1, 1]);
        Assert.Equal(5, transposed[3]);
        transposed[2, 0] = -3;
        Values.AreEqual([1, 2, -3, 4, 5, 6], x);
        float[] part = new float[3];
        x.data<float>().CopyTo(part, 1, 4);
        Assert.Equal([0, 5, 6], part);
        x[.., 0].data<float>().CopyFrom([8, 9]);
        Values.AreEqual([8, 2, -3, 9, 5, 6], x);
        Assert.Throws<IndexOutOfRangeException>(() => x.data<float>()[6]);
        Assert.Equal(6, x.data<float>().Count);
    }

    [Fact]
    public void BytesAreTheMemory()
    {
        Tensor x = tensor(new[] { 1, 256 });
        Assert.Equal([1, 0, 0, 0, 0, 1, 0, 0], x.bytes.ToArray());
        x.bytes[0] = 5;
        Assert.Equal(5, x[0].ToInt32());
        x.bytes = new byte[8];
        Values.AreEqual([0, 0], x);
        Assert.Throws<InvalidOperationException>(() => ones(2, 3).t().bytes.Length);
        Assert.Throws<ArgumentException>(() => x.bytes = new byte[3]);
    }

    [Fact]
    public void TextShowsSmallTensors()
    {
        Assert.Equal("[2x2], type = Float32, device = cpu, value = [[1, 2.5], [3, 4]]", tensor(new[] { 1, 2.5f, 3, 4 }, [2, 2]).ToString());
        Assert.Equal("[2], type = Bool, device = cpu, value = [true, false]", tensor(new[] { true, false }).ToString());
        Assert.Equal("[100x100], type = Int64, device = cpu", zeros(100, 100, dtype: int64).ToString());
    }
}
