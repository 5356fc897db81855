using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace TorchSharp.Tests;

public class ErrorTests
{
    [Fact]
    public void AShapeErrorNamesOperatorShapesAndReason()
    {
        ExternalException error = Assert.Throws<ExternalException>(() => ones(2, 3).matmul(ones(4, 5)));
        Assert.Contains("matmul", error.Message);
        Assert.Contains("[2, 3]", error.Message);
        Assert.Contains("[4, 5]", error.Message);
        Assert.Contains("cannot be multiplied", error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public void EveryKindOfCallFailsAsAnException(string op, Action failing)
    {
        ExternalException error = Assert.Throws<ExternalException>(failing);
        Assert.StartsWith(op, error.Message);
        Assert.Equal(3, ones(3).sum().ToInt32());
    }

    public static TheoryData<string, Action> Failures() => new()
    {
        { "add", () => ones(2).add(ones(3)) },
        { "add_", () => ones(2).add_(ones(3)) },
        { "view", () => ones(6).view(4) },
        { "max", () => ones(2).max(5) },
        { "split", () => ones(2).split(1, 3) },
        { "index_select", () => ones(2).index_select(0, tensor(new long[] { 7 })) },
        { "cat", () => cat([ones(2, 2), ones(3, 3)]) },
        { "size", () => ones(2).size(4) },
        { "backward", () => ones(2).backward() },
        { "autograd.grad", () => autograd.grad([ones(1)], [ones(1)]) },
        { "linalg.cholesky", () => linalg.cholesky(zeros(2, 2)) },
        { "item", () => ones(2).ToSingle() },
        { "index", () => _ = ones(2)[5] },
        { "from_file", () => from_file("/no/such/file", false, 4, float32) },
        { "linear", () => nn.functional.linear(ones(2, 3), ones(4, 5)) },
    };

    [Fact]
    public void DisposedTensorsAreRefused()
    {
        Tensor x = ones(1);
        x.Dispose();
        Assert.Throws<InvalidOperationException>(() => x.add(1));
        Assert.Throws<InvalidOperationException>(() => ones(1).add(x));
    }

    [Fact]
    public void UnknownDevicesAreRefused()
    {
        Assert.Throws<ArgumentException>(() => device("gpu"));
        Assert.Throws<ArgumentException>(() => device("cuda:x"));
        if (!cuda.is_available())
        {
            Assert.Throws<InvalidOperationException>(() => device("cuda"));
            Assert.Throws<InvalidOperationException>(() => ones(1).cuda());
        }
    }
}
