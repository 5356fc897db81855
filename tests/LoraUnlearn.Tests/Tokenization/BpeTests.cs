using LoraUnlearn.Tokenization;

namespace LoraUnlearn.Tests.Tokenization;

public class BpeTests
{
    [Fact]
    public void Merges_are_made_in_the_order_of_their_ranks_from_the_left()
    {
        TokenizerDocument document = new TokenizerDocument()
            .Vocabulary("a", "b", "c", "ab", "bc", "abc", "aa", "aaaa")
            .Merges("b c", "a b", "a bc", "a a", "aa aa");

        Assert.Equal(["abc"], document.Tokens("abc"));
        Assert.Equal(["ab", "ab"], document.Tokens("abab"));
        Assert.Equal(["aa", "a"], document.Tokens("aaa"));
        Assert.Equal(["aaaa", "aa", "a"], document.Tokens("aaaaaaa"));
    }

    [Theory]
    [InlineData("""["b c", "a bc"]""")]
    [InlineData("""[["b", "c"], ["a", "bc"]]""")]
    [InlineData("""["#version: 0.2", "b c", "a bc"]""")]
    public void Merges_may_be_lines_or_pairs(string merges)
    {
        TokenizerDocument document = new TokenizerDocument().Vocabulary("a", "b", "c", "bc", "abc").Model("merges", merges);
        Assert.Equal(["abc"], document.Tokens("abc"));
    }

    [Fact]
    public void A_pair_may_hold_a_space_where_a_line_cannot()
    {
        TokenizerDocument document = new TokenizerDocument().Vocabulary("a", " ", " a").Model("merges", """[[" ", "a"]]""");
        Assert.Equal(["a", " a"], document.Tokens("a a"));
    }

    [Fact]
    public void Keys_of_the_model_may_come_in_any_order()
    {
        byte[] json = """{"model":{"merges":["a b"],"vocab":{"a":0,"b":1,"ab":2},"type":"BPE"},"version":"1.0"}"""u8.ToArray();
        Assert.Equal([2, 0], Tokenizer.Parse(json, "x").Encode("aba"));
    }

    [Fact]
    public void Of_a_merge_given_twice_the_later_rank_counts()
    {
        TokenizerDocument document = new TokenizerDocument()
            .Vocabulary("a", "b", "c", "ab", "bc").Merges("a b", "b c", "a b");
        Assert.Equal(["a", "bc"], document.Tokens("abc"));
    }

    [Fact]
    public void Unknown_characters_are_dropped_without_an_unknown_token()
    {
        Assert.Equal(["a", "b"], new TokenizerDocument().Vocabulary("a", "b").Tokens("aXYbZ"));
    }

    [Theory]
    [InlineData("false", new[] { "a", "?", "?", "b", "?" })]
    [InlineData("true", new[] { "a", "?", "b", "?" })]
    public void Unknown_characters_become_the_unknown_token_fused_or_not(string fuse, string[] expected)
    {
        TokenizerDocument document = new TokenizerDocument()
            .Vocabulary("?", "a", "b").Model("unk_token", "\"?\"").Model("fuse_unk", fuse);
        Assert.Equal(expected, document.Tokens("aX\U0001D4B3bZ"));
    }

    [Fact]
    public void Unknown_characters_become_bytes_where_all_of_them_are_there()
    {
        TokenizerDocument document = new TokenizerDocument()
            .Vocabulary("?", "a", "<0xC3>", "<0xA9>", "<0x0A>")
            .Model("unk_token", "\"?\"").Model("byte_fallback", "true");
        Assert.Equal(["a", "<0xC3>", "<0xA9>", "<0x0A>"], document.Tokens("aé\n"));

        // The euro sign's bytes are missing; the unknown token waits for the next known character.
        Assert.Equal(["<0xC3>", "<0xA9>", "?", "a"], document.Tokens("€éa"));
    }

    [Fact]
    public void An_unknown_token_that_is_missing_itself_is_an_error_when_it_is_needed()
    {
        Tokenizer tokenizer = new TokenizerDocument().Vocabulary("a").Model("unk_token", "\"<unk>\"").Build();
        Assert.Equal([0], tokenizer.Encode("a"));
        InputException error = Assert.Throws<InputException>(() => tokenizer.Encode("b"));
        Assert.Contains("model.unk_token '<unk>'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ignoring_merges_takes_a_known_word_whole()
    {
        TokenizerDocument document = new TokenizerDocument().Vocabulary("a", "b", "c", "ab", "abc").Merges("a b");
        Assert.Equal(["ab", "c"], document.Tokens("abc"));
        Assert.Equal(["abc"], document.Model("ignore_merges", "true").Tokens("abc"));
        Assert.Equal(["ab", "c", "c"], document.Tokens("abcc"));
    }

    [Fact]
    public void Prefixes_of_continuing_characters_and_suffixes_of_words_count_in_the_lookup()
    {
        TokenizerDocument prefixed = new TokenizerDocument()
            .Vocabulary("a", "##b", "##c", "ab", "##bc").Model("continuing_subword_prefix", "\"##\"").Merges("##b ##c", "a ##b");
        Assert.Equal(["a", "##bc"], prefixed.Tokens("abc"));
        Assert.Equal(["ab"], prefixed.Tokens("ab"));

        TokenizerDocument suffixed = new TokenizerDocument()
            .Vocabulary("a", "b</w>", "a</w>", "ab</w>").Model("end_of_word_suffix", "\"</w>\"").Merges("a b</w>");
        Assert.Equal(["a", "ab</w>"], suffixed.Tokens("aab"));
        Assert.Equal(["a</w>"], suffixed.Tokens("a"));
    }

    [Fact]
    public void A_word_of_a_million_characters_is_merged()
    {
        // 2^20 characters in pairs of pairs: 2^18 tokens of four, and a tail of three.
        Tokenizer tokenizer = new TokenizerDocument()
            .Vocabulary("a", "aa", "aaaa").Merges("a a", "aa aa").Build();
        int[] ids = tokenizer.Encode(new string('a', (1 << 20) + 3));
        Assert.Equal((1 << 18) + 2, ids.Length);
        Assert.All(ids[..^2], id => Assert.Equal(2, id));
        Assert.Equal([1, 0], ids[^2..]);
    }

    [Fact]
    public void The_same_text_gives_the_same_ids_on_many_threads()
    {
        Tokenizer tokenizer = new TokenizerDocument()
            .Vocabulary("a", "b", "ab", "abab").Merges("a b", "ab ab").Part("pre_tokenizer", """{"type":"WhitespaceSplit"}""").Build();
        string text = string.Join(' ', Enumerable.Range(0, 500).Select(i => new string('a', i % 7) + "bab" + new string('b', i % 5)));
        int[] expected = tokenizer.Encode(text);
        Parallel.For(0, 20, _ => Assert.Equal(expected, tokenizer.Encode(text)));
    }

    [Fact]
    public void Tokens_and_ids_can_be_looked_up()
    {
        Tokenizer tokenizer = new TokenizerDocument()
            .Vocabulary("a", "b").Added(1, "b").Added(2, "<end>", special: true).Build();
        Assert.Equal(3, tokenizer.VocabularySize);
        Assert.Equal(2, tokenizer.TokenToId("<end>"));
        Assert.Equal(0, tokenizer.TokenToId("a"));
        Assert.Null(tokenizer.TokenToId("c"));
        Assert.Equal("<end>", tokenizer.IdToToken(2));
        Assert.Null(tokenizer.IdToToken(3));
        Assert.Null(tokenizer.IdToToken(-1));
        Assert.True(tokenizer.IsSpecial(2));
        Assert.False(tokenizer.IsSpecial(1));
        Assert.False(tokenizer.IsSpecial(0));
    }
}
