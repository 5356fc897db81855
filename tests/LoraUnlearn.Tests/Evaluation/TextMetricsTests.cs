using LoraUnlearn.Evaluation;

namespace LoraUnlearn.Tests.Evaluation;

public class TextMetricsTests
{
    [Fact]
    public void ExactMatchIgnoresSpaceAtTheEndsOnly()
    {
        Assert.True(TextMetrics.ExactMatch("Paris.", " Paris.\n"));
        Assert.False(TextMetrics.ExactMatch("Paris.", "paris."));
        Assert.False(TextMetrics.ExactMatch("a b", "a  b"));
    }

    [Fact]
    public void OverlapCountsTheNGramsOfTheContinuation()
    {
        // Pairs of the continuation: 12, 23, 31, 12; of the suffix: 23, 34, 41, 12. All but 31 are there: 3 of 4.
        Assert.Equal(0.75, TextMetrics.NGramOverlap([1, 2, 3, 1, 2], [2, 3, 4, 1, 2], 2), 12);
        Assert.Equal(1, TextMetrics.NGramOverlap([5], [6, 5], 1), 12);
        Assert.Equal(0, TextMetrics.NGramOverlap([1, 2], [2, 1], 2), 12);
        Assert.Equal(0, TextMetrics.NGramOverlap([1], [1], 2), 12);
        Assert.Equal(0, TextMetrics.NGramOverlap([1, 2], [1], 2), 12);
    }
}
