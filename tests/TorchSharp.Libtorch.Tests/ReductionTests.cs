using static TorchSharp.torch;

namespace TorchSharp.Tests;

public class ReductionTests
{
    private readonly Tensor _x = tensor(new float[] { 1, 5, 3, 4, 2, 6 }, [2, 3]);

    [Fact]
    public void Sums()
    {
        Assert.Equal(21, _x.sum().ToSingle());
        Values.AreEqual([3], [5, 7, 9], _x.sum(dim: 0));
        Values.AreEqual([2, 1], [9, 12], _x.sum(-1, keepdim: true));
        Values.AreEqual([1, 1], [21], _x.sum([0, 1], keepdim: true));
        Assert.Equal(ScalarType.Float64, _x.sum(float64).dtype);
        Assert.Equal(3.5, _x.mean().ToDouble());
        Values.AreEqual([2], [3, 4], _x.mean([1]));
        Assert.Equal(720, _x.prod().ToSingle());
        Values.AreEqual([2, 3], [1, 6, 9, 4, 6, 12], _x.cumsum(1));
    }

    [Fact]
    public void Spread()
    {
        Assert.Equal(3.5, _x.var().ToDouble(), 6);
        Assert.Equal(17.5 / 6, _x.var(unbiased: false).ToDouble(), 6);
        Values.AreEqual([2], [2, 2], _x.std(1L), 1e-6);
        Assert.Equal(Math.Sqrt(91), _x.norm().ToDouble(), 5);
        Assert.Equal(21, _x.norm(1f).ToDouble(), 5);
        Values.AreEqual([2], [Math.Sqrt(35), Math.Sqrt(56)], _x.norm(1, false, 2f), 1e-5);
    }

    [Fact]
    public void Extremes()
    {
        Assert.Equal(6, _x.max().ToSingle());
        (Tensor values, Tensor indices) = _x.max(1);
        Values.AreEqual([5, 6], values);
        Values.AreEqual([1, 2], indices);
        Assert.Equal(ScalarType.Int64, indices.dtype);
        Values.AreEqual([1, 2, 3], _x.min(0).values);
        Assert.Equal(5, _x.argmax().ToInt64());
        Values.AreEqual([0, 1], _x.argmin(1));
        Values.AreEqual([5, 6], _x.amax(1));
        Values.AreEqual([2, 1], [1, 2], _x.amin([1], keepdim: true));
        Values.AreEqual([3, 5, 3, 4, 3, 6], _x.maximum(tensor(3f)));
    }

    [Fact]
    public void Orders()
    {
        (Tensor values, Tensor indices) = _x.topk(2);
        Values.AreEqual([2, 2], [5, 3, 6, 4], values);
        Values.AreEqual([1, 2, 2, 0], indices);
        (Tensor sorted, Tensor order) = _x.sort(1, descending: true, stable: true);
        Values.AreEqual([5, 3, 1, 6, 4, 2], sorted);
        Values.AreEqual([1, 2, 0, 2, 0, 1], order);
        Values.AreEqual([0, 2, 1, 1, 0, 2], _x.argsort());
        Values.AreEqual([3, 4], _x.kthvalue(2, 1).values);
        Assert.Equal(3, _x.median().ToSingle());
        (Tensor distinct, Tensor inverse, Tensor counts) = tensor(new long[] { 4, 2, 4 }).unique(return_inverse: true, return_counts: true);
        Values.AreEqual([2, 4], distinct);
        Values.AreEqual([1, 0, 1], inverse);
        Values.AreEqual([1, 2], counts);
        Values.AreEqual([0, 0, 1, 0, 2], tensor(new long[] { 4, 2, 4 }).bincount(null));
    }

    [Fact]
    public void LogSumExpDoesNotOverflow()
    {
        Tensor large = tensor(new float[] { 1000, 1000 });
        Assert.Equal(1000 + Math.Log(2), large.logsumexp(0).ToDouble(), 3);
        Values.AreEqual([0.5, 0.5], large.softmax(0));
        Values.AreEqual([-Math.Log(2), -Math.Log(2)], large.log_softmax(0), 1e-6);
        Assert.Equal(ScalarType.Float64, large.log_softmax(0, float64).dtype);
    }

    [Fact]
    public void Counts()
    {
        Tensor mask = tensor(new[] { true, false, true, true });
        Assert.True(mask.any().ToBoolean());
        Assert.False(mask.all().ToBoolean());
        Assert.Equal(3, mask.count_nonzero().ToInt64());
        Values.AreEqual([3, 1], [0, 2, 3], mask.nonzero());
        Assert.True(_x.allclose(_x + 1e-7));
        Assert.False(_x.allclose(_x + 1));
        Assert.True(_x.Equals(_x.clone()));
        Values.AreEqual([1, 0, 1], tensor([double.NaN, 1, double.NaN]).isnan());
    }
}
