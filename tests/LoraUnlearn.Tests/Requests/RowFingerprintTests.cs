using LoraUnlearn.Data;
using LoraUnlearn.Requests;
using Xunit;

namespace LoraUnlearn.Tests.Requests;

public class RowFingerprintTests
{
    [Fact]
    public void SameFieldsHaveOneDigestWhereverTheyStand() =>
        Assert.Equal(Row("Who is Ada?", "Ada Byron.", line: 1).Digest, Row("Who is Ada?", "Ada Byron.", line: 9).Digest);

    [Fact]
    public void FieldsDoNotRunTogether() =>
        Assert.NotEqual(Row("a", "b c").Digest, Row("a b", "c").Digest);

    /// <summary>The sketch is an unbiased estimate of the word pairs in common, which are counted here.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(40)]
    public void SimilarityIsTheShareOfCommonWordPairs(int changed)
    {
        double sum = 0;
        const int Rounds = 60;
        for (int round = 0; round < Rounds; round++)
        {
            string[] words = [.. Enumerable.Range(0, 80).Select(index => $"w{round}x{index}")];
            string[] other = [.. words.Select((word, index) => index < changed ? $"{word}y" : word)];
            sum += Row("", string.Join(' ', words)).Similarity(Row("", string.Join(", ", other).ToUpperInvariant()));
        }

        int common = 80 - changed - (changed > 0 ? 1 : 0); // 80 pairs with the one before the first word, one of which straddles the change
        Assert.Equal(common / (160.0 - common), sum / Rounds, 0.035); // three standard errors: √(0.25 / (32 · 60)) · 3
    }

    [Fact]
    public void SketchSurvivesItsText()
    {
        RowFingerprint row = Row("q", "some words of an answer");
        Assert.Equal(row.Sketch, RowFingerprint.SketchFrom(row.SketchText()));
        Assert.Null(RowFingerprint.SketchFrom("bm90IGEgc2tldGNo"));
    }

    private static RowFingerprint Row(string question, string answer, int line = 1) =>
        RowFingerprint.Of(new DataRow(DataRowKind.QuestionAnswer, line) { Question = question, Answer = answer });
}
