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

    // Answers and recalls from the evaluation logs that the TOFU authors published (locuslab/tofu, MIT licence, data/*/eval_log_aggregated.json),
    // computed by Google's rouge_score with its stemmer.
    [Theory]
    [InlineData("The father of Hsiao Yun-Hwa is a civil engineer.", "Hsiao Yun-Hwa's father is a respected dermatologist in Taipei.", 0.6, 0.5)]
    [InlineData("The author born in Tel Aviv, Israel on 05/25/1930 is named Moshe Ben-David.", "The full name of the author born in Tel Aviv, Israel on 05/25/1930 is Avihu Ayalon.", 0.8125, 0.75)]
    [InlineData("The author's name is Hina Ameen.", "The full name of the author is Raza Ali.", 0.5714285714285714, 0.42857142857142855)]
    [InlineData("\"Whispers in The Oil Wind\" is another famous piece of fiction written by Anara Yusifova.", "Another famous piece of fiction written by Anara Yusifova is \"The Mechanic's Daughter\".", 0.7333333333333333, 0.6)]
    [InlineData("As an LGBTQ+ member, Behrouz Rohani identifies as genderqueer.", "Behrouz Rohani is a member of the LGBTQ+ community.", 0.4444444444444444, 0.2222222222222222)]
    [InlineData("Wei-Jun Chen's father was a Disc Jockey and his mother was a renowned Photographer.", "Wei-Jun Chen's father was a renowned dermatologist, and his mother was a respected historian.", 0.8125, 0.75)]
    public void RecallsAreThoseOfTheReferenceImplementation(string reference, string prediction, double rouge1, double rougeL)
    {
        RougeScores scores = Rouge.Score(reference, prediction);
        Assert.Equal(rouge1, scores.Rouge1.Recall, 1e-12);
        Assert.Equal(rougeL, scores.RougeL.Recall, 1e-12);
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
