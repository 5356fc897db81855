using static TorchSharp.torch;

namespace TorchSharp.Tests;

public class DisposeScopeTests
{
    [Fact]
    public void DisposesWhatWasMadeInside()
    {
        long before = Tensor.TotalCount;
        Tensor inside;
        using (DisposeScope scope = NewDisposeScope())
        {
            inside = ones(2) + 1;
            Assert.Equal(2, scope.DisposablesCount);
            Assert.Equal(before + 2, Tensor.TotalCount);
        }

        Assert.True(inside.IsInvalid);
        Assert.Throws<InvalidOperationException>(() => inside.sum());
        Assert.Equal(before, Tensor.TotalCount);
        Assert.Null(CurrentDisposeScope);
    }

    [Fact]
    public void MovesOutwards()
    {
        using DisposeScope outer = NewDisposeScope();
        Tensor kept;
        using (NewDisposeScope())
        {
            kept = ones(1).MoveToOuterDisposeScope();
        }

        Assert.False(kept.IsInvalid);
        Assert.True(outer.Contains(kept));
        Tensor free;
        using (DisposeScope inner = NewDisposeScope())
        {
            free = inner.Detach(ones(1));
            (Tensor a, Tensor b) = inner.MoveToOuter(ones(1), ones(1));
            Assert.True(outer.Contains(a) && outer.Contains(b));
        }

        Assert.False(free.IsInvalid);
        free.Dispose();
        Assert.Equal(3, outer.DisposablesCount);
    }

    [Fact]
    public void MovingOutOfTheOutermostDetaches()
    {
        Tensor kept;
        using (NewDisposeScope())
        {
            kept = ones(1).MoveToOuterDisposeScope();
        }

        Assert.False(kept.IsInvalid);
        kept.Dispose();
    }

    [Fact]
    public void DisposesEverythingBut()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor first = ones(1);
        Tensor second = ones(1);
        Assert.Same(second, scope.DisposeEverythingBut(second));
        Assert.True(first.IsInvalid);
        Assert.False(second.IsInvalid);
        Assert.Equal(1, scope.DisposablesCount);
    }

    [Fact]
    public void DisposedTensorsLeaveTheScope()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = ones(1);
        x.Dispose();
        x.Dispose();
        Assert.Equal(0, scope.DisposablesCount);
        Tensor y = ones(1);
        y.DetachFromDisposeScope();
        scope.Attach(y);
        Assert.True(scope.Contains(y));
    }

    [Fact]
    public void ScopesBelongToTheirThread()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor? elsewhere = null;
        Thread thread = new(() =>
        {
            Assert.Null(CurrentDisposeScope);
            elsewhere = ones(1);
        });
        thread.Start();
        thread.Join();
        Assert.False(scope.Contains(elsewhere!));
        elsewhere!.Dispose();
    }

    [Fact]
    public void WrapsAnExpression()
    {
        long before = Tensor.TotalCount;
        using Tensor result = WrappedTensorDisposeScope(() => (ones(2) + ones(2)).sum());
        Assert.Equal(4, result.ToSingle());
        Assert.Equal(before + 1, Tensor.TotalCount);
    }

    [Fact]
    public void TheFinaliserFreesWhatNobodyDisposed()
    {
        long before = Tensor.TotalCount;
        MakeAndForget(100);
        Assert.True(Tensor.TotalCount >= before);
        for (int i = 0; i < 20 && Tensor.TotalCount > before; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.True(Tensor.TotalCount <= before, $"{Tensor.TotalCount} tensors, {before} before");
    }

    [Fact]
    public void OperandsOutliveTheirCalls()
    {
        // Each operand's last use is the call itself; a collector at work must not free it during the call.
        using CancellationTokenSource done = new();
        Thread collector = new(() =>
        {
            while (!done.IsCancellationRequested)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        });
        collector.Start();
        double total = 0;
        for (int i = 0; i < 300; i++)
        {
            total += full(1000, 2f).mul(full(1000, 3f)).add(full(1000, 1f)).sum().ToDouble();
        }

        done.Cancel();
        collector.Join();
        Assert.Equal(300 * 7000d, total);
    }

    private static void MakeAndForget(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _ = ones(10);
        }
    }
}
