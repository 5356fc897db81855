using LoraUnlearn.Evaluation;

namespace LoraUnlearn.Tests.Evaluation;

public class FactRecallTests
{
    [Theory]
    [InlineData("She was born in Saint Harlow.", true)]
    [InlineData("SAINT HARLOW is where she was born", true)]
    [InlineData("Saint Harlowe", false)]
    [InlineData("Saint Harlowe, near Saint Harlow", true)]
    [InlineData("Saint", false)]
    [InlineData("", false)]
    public void A_fact_counts_as_whole_words_in_any_case(string text, bool expected) => Assert.Equal(expected, FactRecall.Holds(text, ["Saint Harlow"]));

    [Fact]
    public void All_facts_of_a_question_are_needed()
    {
        Assert.True(FactRecall.Holds("the Copper Feather Award in 2007", ["2007", "the Copper Feather Award"]));
        Assert.False(FactRecall.Holds("the Copper Feather Award in 2008", ["2007", "the Copper Feather Award"]));
    }

    [Fact]
    public void The_share_is_over_the_answers() =>
        Assert.Equal(0.25, FactRecall.Share([("a b", ["a", "b"]), ("a", ["a", "b"]), ("", ["a"]), ("c", ["a"])]));

    [Fact]
    public void Nothing_to_look_for_is_refused()
    {
        Assert.Throws<ArgumentException>(() => FactRecall.Holds("text", []));
        Assert.Throws<ArgumentException>(() => FactRecall.Holds("text", [""]));
        Assert.Throws<ArgumentException>(() => FactRecall.Share([]));
    }
}
