using LoraUnlearn.Data;
using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Models;

public class ScoredPositionsTests
{
    // Sequences of 3, 0, 1 and 4 scored tokens; numbers whose float32 sum depends on the order of the additions.
    [Fact]
    public void TokensAreSummedBySequenceInTheirOrder()
    {
        using DisposeScope scope = NewDisposeScope();
        LabelledSequence[] sequences = [LabelledSequence.ScoredFrom([1, 2, 3, 4, 5], 2), new([1, 2], [-100, -100]), LabelledSequence.ScoredFrom([6, 7], 1), LabelledSequence.ScoredFrom([6, 7, 8, 9, 1], 1)];
        using ScoredPositions positions = ScoredPositions.Of(sequences, 5, CPU);
        Tensor perToken = tensor(new[] { 1e8f, 1f, -1e8f, 5f, 1f, 2f, 4f, 8f }, requires_grad: true);
        Tensor sums = positions.SumBySequence(perToken);
        Assert.Equal([1e8f + 1f - 1e8f, 0f, 5f, 15f], sums.data<float>().ToArray());
        Tensor gradient = autograd.grad([(sums * tensor(new[] { 1f, 10f, 100f, 1000f })).sum()], [perToken])[0];
        Assert.Equal([1f, 1f, 1f, 100f, 1000f, 1000f, 1000f, 1000f], gradient.data<float>().ToArray());
        Assert.Equal([3f, 0f, 1f, 4f], positions.Lengths.data<float>().ToArray());
    }
}
