using LoraUnlearn.Data;

namespace LoraUnlearn.Tests.Data;

public class LabelledSequenceTests
{
    [Fact]
    public void TheLabelAtTheFirstPositionIsNotCounted()
    {
        LabelledSequence sequence = new([1, 2, 3, 4], [1, -100, 3, 4]);
        Assert.Equal(2, sequence.LabelledCount);
        Assert.Equal(1, (sequence with { Labels = [1, -100, 3, -100] }).LabelledCount);
        Assert.Equal(0, sequence.CutTo(2).LabelledCount);
        Assert.Same(sequence, sequence.CutTo(4));
    }

    [Fact]
    public void ScoredFromLeavesThePromptOut() =>
        Assert.Equal([-100, -100, 7, 8], LabelledSequence.ScoredFrom([5, 6, 7, 8], 2).Labels);

    [Fact]
    public void LengthSortedBatchesKeepToTheirTokens()
    {
        int[] lengths = [3, 9, 4, 1, 4, 20];
        LabelledSequence[] sequences = [.. lengths.Select(length => new LabelledSequence(new int[length], new int[length]))];

        // Longest first: 20 alone though over the limit, 9 alone (two would be 18), then 4+4+3 (12), then 1.
        Assert.Equal([[5], [1], [2, 4, 0], [3]], LengthSortedBatches.Of(sequences, 12));
    }
}
