using static TorchSharp.torch;

namespace TorchSharp.Tests;

public class ShapeTests
{
    private readonly Tensor _x = arange(24).reshape(2, 3, 4);

    [Fact]
    public void DescribesItself()
    {
        Assert.Equal([2L, 3L, 4L], _x.shape);
        Assert.Equal([12L, 4L, 1L], _x.stride());
        Assert.Equal(4, _x.size(-1));
        Assert.Equal(3, _x.dim());
        Assert.Equal(24, _x.numel());
        Assert.Equal(8, _x.element_size());
        Assert.Equal(DeviceType.CPU, _x.device_type);
        Assert.True(_x.is_contiguous());
        Assert.False(_x.transpose(0, 2).is_contiguous());
        Assert.Equal(16, _x[1, 1].storage_offset());
    }

    [Fact]
    public void ViewsShareTheirData()
    {
        Tensor x = zeros(2, 3);
        x.view(3, 2)[2, 1] = tensor(5f);
        x.narrow(1, 0, 1).fill_(7);
        x.t()[1, 0].add_(1);
        Values.AreEqual([2, 3], [7, 1, 0, 7, 0, 5], x);
    }

    [Fact]
    public void Rearranges()
    {
        Assert.Equal([4L, 2L, 3L], _x.permute(2, 0, 1).shape);
        Assert.Equal([2L, 12L], _x.flatten(1).shape);
        Assert.Equal([2L, 3L, 2L, 2L], _x.unflatten(2, 2, 2).shape);
        Assert.Equal([2L, 1L, 3L, 4L], _x.unsqueeze(1).shape);
        Assert.Equal([2L, 3L, 4L], _x.unsqueeze(1).squeeze(1).shape);
        Assert.Equal([2L, 3L, 4L], _x.unsqueeze(0).unsqueeze(-1).squeeze().shape);
        Assert.Equal([5L, 2L, 3L, 4L], _x.expand(5, 2, 3, 4).shape);
        Assert.Equal([4L, 3L, 4L], _x.repeat(2, 1, 1).shape);
        Values.AreEqual([12], _x.select(0, 1)[0, 0].unsqueeze(0));
        Values.AreEqual([3, 2, 1, 0], _x[0, 0].flip(0));
        Values.AreEqual([3, 0, 1, 2], _x[0, 0].roll(1));
        Values.AreEqual([0, 0, 1, 1], tensor(new long[] { 0, 1 }).repeat_interleave(2));
    }

    [Fact]
    public void TakesApartAndJoins()
    {
        Tensor[] pieces = arange(7).split(3);
        Assert.Equal([3L, 3L, 1L], pieces.Select(p => p.numel()));
        Values.AreEqual([0, 1, 2, 3, 4, 5, 6], cat(pieces));
        Assert.Equal([1L, 2L, 4L], arange(7).split([1, 2, 4]).Select(p => p.numel()));
        Assert.Equal(3, _x.unbind(1).Length);
        Assert.Equal([3L, 2L, 4L], stack(_x.unbind(1)).shape);
        Assert.Equal([2L, 2L, 2L, 1L], arange(7).chunk(4).Select(p => p.numel()));
    }

    [Fact]
    public void Triangles()
    {
        Tensor square = ones(3, 3);
        Values.AreEqual([1, 0, 0, 1, 1, 0, 1, 1, 1], square.tril());
        Values.AreEqual([0, 1, 1, 0, 0, 1, 0, 0, 0], square.triu(1));
        Values.AreEqual([2, 2], [3, 0, 0, 4], tensor(new float[] { 3, 4 }).diag());
        Values.AreEqual([3, 4], tensor(new float[] { 3, 4 }).diag().diagonal());
    }
}
