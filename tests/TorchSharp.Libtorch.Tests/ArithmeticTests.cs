using static TorchSharp.torch;

namespace TorchSharp.Tests;

public class ArithmeticTests
{
    private readonly Tensor _a = tensor(new float[] { 1, 2, 3, 4 }, [2, 2]);
    private readonly Tensor _b = tensor(new float[] { 10, 20 });

    [Fact]
    public void BroadcastsLikeTheOperators()
    {
        Values.AreEqual([2, 2], [11, 22, 13, 24], _a + _b);
        Values.AreEqual([2, 2], [9, 18, 7, 16], _b - _a);
        Values.AreEqual([2, 2], [10, 40, 30, 80], _a * _b);
        Values.AreEqual([2, 2], [10, 10, 10d / 3, 5], _b / _a, 1e-5);
    }

    [Fact]
    public void NumbersOnEitherSide()
    {
        Values.AreEqual([3, 4, 5, 6], _a + 2);
        Values.AreEqual([1, 0, -1, -2], 2 - _a);
        Values.AreEqual([1.5, 3, 4.5, 6], 1.5 * _a);
        Values.AreEqual([12, 6, 4, 3], 12 / _a);
        Values.AreEqual([1, 0, 1, 0], _a % 2);
        Values.AreEqual([-1, -2, -3, -4], -_a);
    }

    [Fact]
    public void AlphaScalesTheSecondOperand()
    {
        Values.AreEqual([6, 12, 8, 14], _a.add(_b, 0.5f));
        Values.AreEqual([6, 12, 8, 14], _a.clone().add_(_b, 0.5f));
        Values.AreEqual([6, 7, 8, 9], _a.add(10, 0.5f));
    }

    [Fact]
    public void InPlaceChangesTheTensorItself()
    {
        Tensor x = _a.clone();
        Assert.Same(x, x.add_(1).mul_(2).sub_(_b).div_(2));
        Values.AreEqual([-3, -7, -1, -5], x);
    }

    [Fact]
    public void FusedProductsAndQuotients()
    {
        Tensor unit = ones_like(_a);
        Values.AreEqual([3, 5, 7, 9], unit.addcmul(_a, full_like(_a, 2), 1));
        Values.AreEqual([1.25, 1.5, 1.75, 2], unit.addcdiv(_a, full_like(_a, 2), 0.5));
        Values.AreEqual([1.25, 1.5, 1.75, 2], unit.clone().addcdiv_(_a, full_like(_a, 2), 0.5));
        Values.AreEqual([1, 1.5, 2, 2.5], unit.lerp(_a, full_like(_a, 0.5)));
    }

    [Fact]
    public void RoundedDivision()
    {
        Tensor x = tensor(new float[] { -7, 7 });
        Values.AreEqual([-3, 3], x.div(2, RoundingMode.trunc));
        Values.AreEqual([-4, 3], x.div(2, RoundingMode.floor));
        Values.AreEqual([-4, 3], x.floor_divide(2));
        Values.AreEqual([-1, 1], x.fmod(2));
        Values.AreEqual([1, 1], x.remainder(2));
    }

    [Fact]
    public void Comparisons()
    {
        Values.AreEqual([0, 1, 0, 0], _a == 2);
        Values.AreEqual([1, 0, 1, 1], _a != 2);
        Values.AreEqual([1, 1, 0, 0], _a <= 2);
        Values.AreEqual([0, 0, 1, 1], 2 < _a);
        Assert.Equal(ScalarType.Bool, (_a > 2).dtype);
        Values.AreEqual([0, 0, 1, 0], (_a > 2) & ~(_a == 4));
        Values.AreEqual([1, 0, 0, 1], (_a < 2) | (_a == 4));
    }

    [Fact]
    public void WholeNumbersStayWhole()
    {
        Tensor x = tensor(new long[] { 1, 2 });
        Assert.Equal(ScalarType.Int64, (x + 1).dtype);
        Assert.Equal(ScalarType.Float32, (x + 0.5).dtype);
        Assert.Equal(ScalarType.Float32, (x / 2).dtype);
        Assert.Equal(ScalarType.Float64, (x.@double() * 2).dtype);
    }

    [Fact]
    public void Functions()
    {
        Tensor x = tensor([-1.0, 0.0, 0.5]);
        Values.AreEqual([Math.Exp(-1), 1, Math.Exp(0.5)], x.exp(), 1e-12);
        Values.AreEqual([-1, 0, 1], x.sign(), 0);
        Values.AreEqual([Math.Tanh(-1), 0, Math.Tanh(0.5)], x.tanh(), 1e-12);
        Values.AreEqual([1 / (1 + Math.E), 0.5, 1 / (1 + Math.Exp(-0.5))], x.sigmoid(), 1e-12);
        Values.AreEqual([-0.8427007929497149, 0, 0.5204998778130465], x.erf(), 1e-12);
        Values.AreEqual([0, 0, 0.5], x.clamp(min: 0), 0);
        Values.AreEqual([-0.5, 0, 0.5], x.clamp(-0.5, 1), 0);
        Values.AreEqual([1, 0, 0.25], x.square(), 0);
        Values.AreEqual([1, 0, 0.5], x.abs(), 0);
        Values.AreEqual([double.NaN, 0, Math.Sqrt(0.5)], x.sqrt(), 1e-12);
        Values.AreEqual([-1, 0, 0], x.round(), 0);
        Values.AreEqual([0, 7, -2], tensor([double.NaN, double.PositiveInfinity, double.NegativeInfinity]).nan_to_num(0, 7, -2), 0);
        Values.AreEqual([Math.Log(1 + Math.E)], tensor([1.0]).logaddexp(tensor([0.0])), 1e-12);
    }
}
