using LoraUnlearn.Data;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Data;

public class BatchTests
{
    [Fact]
    public void PadsOnTheRight()
    {
        LabelledSequence[] sequences = [new([1, 2, 3], [-100, 2, 3]), new([4, 5], [-100, 5])];
        using Batch batch = Batch.Create(sequences, CPU, padId: 9, rows: [7, 3]);
        Assert.Equal([2L, 3L], batch.InputIds.shape);
        Assert.Equal([2L, 3L], batch.Labels.shape);
        Assert.Equal([1L, 2, 3, 4, 5, 9], batch.InputIds.data<long>().ToArray());
        Assert.Equal([-100L, 2, 3, -100, 5, -100], batch.Labels.data<long>().ToArray());
        Assert.Equal([3, 2], batch.Lengths);
        Assert.Equal([7, 3], batch.Rows);
        Assert.Equal(3, batch.MaxLength);
    }

    [Fact]
    public void TakesExamplesByIndex()
    {
        Example[] examples = [.. Enumerable.Range(0, 3).Select(i => new Example(i, new([i, i + 1], [-100, i + 1]), null, new(DataRowKind.Tokens, i), null))];
        using Batch batch = Batch.Create(examples, [2, 0], CPU);
        Assert.Equal([2L, 3, 0, 1], batch.InputIds.data<long>().ToArray());
        Assert.Equal([2, 0], batch.Rows);
    }

    [Fact]
    public void EmptyBatchesAreRefused()
    {
        Assert.Throws<ArgumentException>(() => Batch.Create([], CPU));
        Assert.Throws<ArgumentException>(() => Batch.Create([new([1, 2], [1, 2])], CPU, rows: [1, 2]));
    }
}
