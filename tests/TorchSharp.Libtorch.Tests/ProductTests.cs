using static TorchSharp.torch;

namespace TorchSharp.Tests;

public class ProductTests
{
    private readonly Tensor _a = tensor(new double[] { 1, 2, 3, 4, 5, 6 }, [2, 3]);
    private readonly Tensor _b = tensor(new double[] { 1, 0, 0, 1, 2, 2 }, [3, 2]);

    [Fact]
    public void Products()
    {
        double[] product = [7, 8, 16, 17];
        Values.AreEqual([2, 2], product, _a.matmul(_b));
        Values.AreEqual([2, 2], product, _a.mm(_b));
        Values.AreEqual([1, 2, 2], product, _a.unsqueeze(0).bmm(_b.unsqueeze(0)));
        Values.AreEqual([2, 2], product, einsum("ij,jk->ik", _a, _b));
        Values.AreEqual([2], [14, 32], _a.mv(_a[0]));
        Assert.Equal(32, _a[0].dot(_a[1]).ToDouble());
        Values.AreEqual([2, 2], [1, 2, 2, 4], tensor([1.0, 2.0]).outer(tensor([1.0, 2.0])));
        Values.AreEqual([2, 2], [8, 8, 16, 18], eye(2, dtype: float64).addmm(_a, _b));
        Values.AreEqual([2, 2], [4.5, 4, 8, 9.5], eye(2, dtype: float64).addmm_(_a, _b, 1, 0.5f));
        Values.AreEqual([2, 2], [7, 8, 16, 17], nn.functional.linear(_a, _b.t()));
    }

    [Fact]
    public void Decompositions()
    {
        (Tensor q, Tensor r) = linalg.qr(_a.t());
        Values.AreEqual([1, 0, 0, 1], q.t().matmul(q), 1e-12);
        Values.AreEqual([3, 2], [1, 4, 2, 5, 3, 6], q.matmul(r), 1e-12);
        Assert.Equal(0, r[1, 0].ToDouble());

        (Tensor u, Tensor s, Tensor vh) = linalg.svd(_a, fullMatrices: false);
        Values.AreEqual([9.508032000695723, 0.7728696356734838], s, 1e-12);
        Values.AreEqual([2, 3], [1, 2, 3, 4, 5, 6], (u * s).matmul(vh), 1e-12);
        Values.AreEqual([9.508032000695723, 0.7728696356734838], linalg.svdvals(_a), 1e-12);

        Tensor m = tensor(new double[] { 2, 1, 1, 2 }, [2, 2]);
        (Tensor values, Tensor vectors) = linalg.eigh(m);
        Values.AreEqual([1, 3], values, 1e-12);
        Values.AreEqual([2, 1, 1, 2], (vectors * values).matmul(vectors.t()), 1e-12);
        Values.AreEqual([Math.Sqrt(2), 0, Math.Sqrt(0.5), Math.Sqrt(1.5)], linalg.cholesky(m), 1e-12);
        Values.AreEqual([2d / 3, -1d / 3, -1d / 3, 2d / 3], linalg.inv(m), 1e-12);
        Values.AreEqual([1, 1], linalg.solve(m, tensor([3.0, 3.0])), 1e-12);
        Assert.Equal(3, linalg.det(m).ToDouble(), 12);
        Values.AreEqual([1, 2], linalg.lstsq(_a.t(), _a.t().matmul(tensor(new double[] { 1, 2 }, [2, 1]))).Solution, 1e-10);
        Values.AreEqual([1, 0, 0, 1], _a.matmul(linalg.pinv(_a)), 1e-12);
    }

    [Fact]
    public void Norms()
    {
        Assert.Equal(Math.Sqrt(91), linalg.norm(_a).ToDouble(), 12);
        Assert.Equal(Math.Sqrt(91), linalg.matrix_norm(_a).ToDouble(), 12);
        Assert.Equal(9.508032000695723, linalg.matrix_norm(_a, 2).ToDouble(), 12);
        Assert.Equal(10.2809016363692068, linalg.matrix_norm(_a, "nuc").ToDouble(), 10);
        Values.AreEqual([2], [6, 15], linalg.vector_norm(_a, 1, [1]), 1e-12);
    }
}
