using static TorchSharp.torch;

namespace TorchSharp.Tests;

public class IndexingTests
{
    private readonly Tensor _x = arange(12).reshape(3, 4);

    [Fact]
    public void Positions()
    {
        Assert.Equal(6, _x[1, 2].ToInt64());
        Values.AreEqual([8, 9, 10, 11], _x[-1]);
        Values.AreEqual([3], [1, 5, 9], _x[.., 1]);
        Values.AreEqual([3], [3, 7, 11], _x[.., ^1]);
    }

    [Fact]
    public void Slices()
    {
        Values.AreEqual([2, 2], [5, 6, 9, 10], _x[1.., 1..3]);
        Values.AreEqual([3, 2], [0, 2, 4, 6, 8, 10], _x[TensorIndex.Colon, TensorIndex.Slice(0, null, 2)]);
        Values.AreEqual([3, 2], [2, 3, 6, 7, 10, 11], _x[TensorIndex.Ellipsis, ^2..]);
        Assert.Equal([1L, 3L, 4L], _x[TensorIndex.None].shape);
        Values.AreEqual([4, 5], _x.slice(0, 1, 2, 1)[0].narrow(0, 0, 2));
    }

    [Fact]
    public void Writes()
    {
        Tensor x = _x.clone();
        x[0] = tensor(0L);
        x[.., 3] = tensor(new long[] { 7, 8, 9 });
        x[2, 1..3] = tensor(-1L);
        Values.AreEqual([0, 0, 0, 7, 4, 5, 6, 8, 8, -1, -1, 9], x);
    }

    [Fact]
    public void TensorsOfPositionsAndMasks()
    {
        Tensor rows = tensor(new long[] { 2, 0 });
        Values.AreEqual([2, 4], [8, 9, 10, 11, 0, 1, 2, 3], _x[rows]);
        Values.AreEqual([8, 1], _x[rows, tensor(new long[] { 0, 1 })]);
        Values.AreEqual([10, 11], _x[_x > 9]);
        Values.AreEqual([2, 2], [9, 11, 1, 3], _x[TensorIndex.Tensor(rows), TensorIndex.Slice(1, null, 2)]);
        Tensor x = _x.clone();
        x[x > 9] = tensor(0L);
        Assert.Equal(45, x.sum().ToInt64());
        Values.AreEqual([0, 2], zeros(2).index_put_(tensor(1f), [tensor(new long[] { 1, 1 })], accumulate: true));
    }

    [Fact]
    public void SelectsAndScatters()
    {
        Tensor index = tensor(new long[] { 1, 0, 3 }).unsqueeze(1);
        Values.AreEqual([3, 1], [1, 4, 11], _x.gather(1, index));
        Values.AreEqual([2, 4], [8, 9, 10, 11, 4, 5, 6, 7], _x.index_select(0, tensor(new long[] { 2, 1 })));
        Values.AreEqual([0, 9, 9, 0, 0, 0, 0, 0, 9], zeros(3, 3).scatter(1, tensor(new long[] { 1, 2 }, [1, 2]), full(1, 2, 9f)).index_fill(0, tensor(new long[] { 1 }), 0).index_put_(9, TensorIndex.Single(2), TensorIndex.Single(2)));
        Values.AreEqual([3, 0], zeros(2).scatter_add(0, tensor(new long[] { 0, 0 }), tensor(new float[] { 1, 2 })));
        Values.AreEqual([2, 2, 0, 0, 4, 4], zeros(3, 2).index_add(0, tensor(new long[] { 0, 2, 2 }), ones(3, 2), 2));
        Values.AreEqual([1, 1, 0, 0], zeros(2, 2).index_copy(0, tensor(new long[] { 0 }), ones(1, 2)));
        Values.AreEqual([-1, 2, -1], tensor(new float[] { 1, 2, 3 }).masked_fill(tensor(new[] { true, false, true }), -1));
        Values.AreEqual([1, 20, 3], where(tensor(new[] { true, false, true }), tensor(new float[] { 1, 2, 3 }), tensor(new float[] { 10, 20, 30 })));
        Values.AreEqual([3, 1], [1, 4, 11], _x.take_along_dim(index, 1));
    }
}
