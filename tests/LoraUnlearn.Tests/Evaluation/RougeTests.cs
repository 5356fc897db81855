using LoraUnlearn.Evaluation;

namespace LoraUnlearn.Tests.Evaluation;

public class RougeTests
{
    [Fact]
    public void TokenizesAsRougeScoreDoes()
    {
        Assert.Equal(["the", "cat", "s", "was", "run", "2nd", "caf"], Rouge.Tokenize("The cat's-was   RUNNING, 2nd café!"));
        Assert.Equal(["dying", "news"], Rouge.Tokenize("dying news", stem: false));
        Assert.Equal(["die", "news"], Rouge.Tokenize("dying news"));
        Assert.Equal(["use", "as"], Rouge.Tokenize("use as")); // three letters and fewer are not stemmed
        Assert.Equal(["i", "stanbul", "kelvin"], Rouge.Tokenize("\u0130stanbul \u212Aelvin", stem: false));
        Assert.Empty(Rouge.Tokenize(" …!"));
    }

    [Fact]
    public void MeasuresByHand()
    {
        // Reference: 6 words, 5 pairs. Prediction: 5 words, 4 pairs.
        RougeScores scores = Rouge.Score("the cat sat on the mat", "the the cat lay mat");
        // Shared words: the ×2, cat, mat = 4. Shared pairs: "the cat". Subsequence: the cat mat = 3.
        AssertScore(4.0 / 5, 4.0 / 6, scores.Rouge1);
        AssertScore(1.0 / 4, 1.0 / 5, scores.Rouge2);
        AssertScore(3.0 / 5, 3.0 / 6, scores.RougeL);
        Assert.Equal(8.0 / 11, scores.Rouge1.F1, 12); // 2·4/(5+6)
        Assert.Equal(6.0 / 11, scores.RougeL.F1, 12);
    }

    [Fact]
    public void CountsRepeatedWordsAtMostAsOftenAsTheyOccur()
    {
        AssertScore(1.0 / 3, 1, Rouge.N("yes", "yes yes yes", 1));
        AssertScore(1.0 / 3, 1, Rouge.L("yes", "yes yes yes"));
        AssertScore(1, 2.0 / 4, Rouge.L("a b c d", "b d"));
        AssertScore(1.0 / 2, 1.0 / 2, Rouge.L("a b", "b a"));
    }

    [Fact]
    public void StemmingJoinsForms()
    {
        AssertScore(1, 1, Rouge.L("running shoes", "runned shoe"));
        AssertScore(0, 0, Rouge.L("running shoes", "runned shoe", stem: false));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("a", "")]
    [InlineData("", "a")]
    [InlineData("!", "?")]
    public void NothingSharedIsZero(string reference, string prediction)
    {
        RougeScores scores = Rouge.Score(reference, prediction);
        Assert.All(new[] { scores.Rouge1, scores.Rouge2, scores.RougeL }, score => AssertScore(0, 0, score));
        Assert.Equal(0, scores.RougeL.F1);
    }

    private static void AssertScore(double precision, double recall, RougeScore score)
    {
        Assert.Equal(precision, score.Precision, 12);
        Assert.Equal(recall, score.Recall, 12);
    }
}
