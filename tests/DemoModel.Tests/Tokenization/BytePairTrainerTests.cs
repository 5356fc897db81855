using LoraUnlearn.DemoModel.Tokenization;

namespace LoraUnlearn.DemoModel.Tests.Tokenization;

public class BytePairTrainerTests
{
    [Fact]
    public void Merges_of_a_small_example_are_those_worked_out_by_hand()
    {
        // hug ×3, pug ×2, hugs ×1. Pairs: u+g 6, h+u 4, p+u 2, g+s 1. Then h+ug 4, p+ug 2, ug+s 1; hug+s occurs once only.
        BytePairVocabulary vocabulary = BytePairTrainer.Train(["hug\nhug\nhug\npug\npug\nhugs"], 300, ["<end>"]);

        Assert.Equal([("u", "g"), ("h", "ug"), ("p", "ug")], vocabulary.Merges);
    }

    [Fact]
    public void Equally_frequent_pairs_are_merged_in_ordinal_order()
    {
        BytePairVocabulary vocabulary = BytePairTrainer.Train(["yz\nab\nyz\nab\nBc\nBc"], 300, []);

        Assert.Equal([("B", "c"), ("a", "b"), ("y", "z")], vocabulary.Merges);
    }

    [Fact]
    public void A_leading_space_belongs_to_the_word()
    {
        Assert.Equal(["It", "'s", " the", " 9", "th", ",", " isn", "'t", " it", "?"], BytePairTrainer.SplitWords("It's the 9th, isn't it?"));
        Assert.Equal([("Ġ", "a")], BytePairTrainer.Train([" a a"], 300, []).Merges);
    }

    [Fact]
    public void Runs_of_the_same_token_are_merged_from_the_left()
    {
        // aaa ×2: a+a occurs twice in each word; merged from the left it is aa a, then aaa.
        Assert.Equal([("a", "a"), ("aa", "a")], BytePairTrainer.Train(["aaa\naaa"], 300, []).Merges);
    }

    [Fact]
    public void Ids_are_special_tokens_then_bytes_then_merges()
    {
        string[] tokens = [.. BytePairTrainer.Train(["ug ug"], 300, ["<end>", "<pad>"]).Tokens];

        Assert.Equal(["<end>", "<pad>", "!", "\""], tokens[..4]);
        Assert.Equal("Ġ", tokens[2 + 188 + 32]); // the space: the 33rd of the bytes without a printable character of their own
        Assert.Equal("ug", tokens[258]);
        Assert.Equal(tokens.Length, tokens.Distinct().Count());
    }

    [Fact]
    public void The_size_is_kept() => Assert.Equal(260, BytePairTrainer.Train(["hug pug hugs bugs hug bugs"], 260, ["<end>"]).Tokens.Count());

    [Fact]
    public void A_size_below_the_bytes_is_an_error() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => BytePairTrainer.Train(["a"], 256, ["<end>"]));
}
