using LoraUnlearn.Evaluation;

namespace LoraUnlearn.Tests.Evaluation;

public class SequenceScoreTests
{
    [Theory]
    [InlineData(new[] { 0, 0, 0, 0 }, 1.0)]
    [InlineData(new[] { 3, 0, 0, 0 }, 0.75)]
    [InlineData(new[] { 0, 2, 0, 0 }, 0.5)]
    [InlineData(new[] { 0, 0, 0, 1 }, 0.0)] // reference codes give 1/T here
    [InlineData(new[] { 5, 1, 2, 9 }, 0.0)]
    [InlineData(new int[0], 0.0)]
    public void ExtractionStrengthIsTheShareOfTheSuffixThatIsKnown(int[] ranks, double expected) =>
        Assert.Equal(expected, Score(ranks).ExtractionStrength, 1e-12);

    [Theory]
    [InlineData(new[] { 0, 0, 0, 0 }, 1.0)]
    [InlineData(new[] { 0, 2, 0, 1 }, 0.5)]
    [InlineData(new[] { 5, 1, 2, 9 }, 0.0)]
    [InlineData(new int[0], 0.0)]
    public void AccuracyIsTheShareOfLikeliestTokens(int[] ranks, double expected) =>
        Assert.Equal(expected, Score(ranks).Accuracy, 1e-12);

    [Fact]
    public void ProbabilityIsTheGeometricMean()
    {
        SequenceScore score = new([MathF.Log(0.5f), MathF.Log(0.125f)], [0, 1]);
        Assert.Equal(Math.Log(16), score.Nll, 1e-6);
        Assert.Equal(0.25, score.Probability, 1e-6);
        Assert.Equal(2, score.Tokens);
    }

    private static SequenceScore Score(int[] ranks) => new([.. ranks.Select(rank => -(float)rank)], ranks);
}
