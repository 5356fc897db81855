using LoraUnlearn.Tokenization;

namespace LoraUnlearn.Tests.Tokenization;

public class AddedTokenTests
{
    [Fact]
    public void Of_tokens_that_begin_together_the_longest_is_taken()
    {
        TokenizerDocument document = Letters("abcdx").Added(5, "ab").Added(6, "abc").Added(7, "bcd").Added(8, "cdx");
        Assert.Equal(["abc", "d", "x"], document.Tokens("abcdx"));
        Assert.Equal(["ab", "x"], document.Tokens("abx"));
        Assert.Equal(["x", "bcd", "x"], document.Tokens("xbcdx"));
        Assert.Equal(["a", "abc", "ab"], document.Tokens("aabcab"));
        Assert.Equal(["cdx", "cdx", "c"], document.Tokens("cdxcdxc"));
    }

    [Fact]
    public void Special_tokens_can_be_taken_for_text_and_others_not()
    {
        TokenizerDocument document = Letters("<s>/x").Added(5, "<s>", special: true).Added(6, "/x").Added(7, "s>");
        Assert.Equal(["x", "<s>", "/x"], document.Tokens("x<s>/x"));

        // What a passed-over special token covers is not searched again.
        Assert.Equal(["x", "<", "s", ">", "/x"], document.Tokens("x<s>/x", parseSpecial: false));
        Assert.Equal(["s>"], document.Tokens("s>", parseSpecial: false));
    }

    [Fact]
    public void White_space_beside_a_token_goes_with_it()
    {
        TokenizerDocument document = Letters("ab \n")
            .Added(4, "<l>", leftStrip: true).Added(5, "<r>", rightStrip: true).Added(6, "<b>", leftStrip: true, rightStrip: true).Added(7, "<n>");
        Assert.Equal(["a", "<l>", " ", "b"], document.Tokens("a \n<l> b"));
        Assert.Equal(["a", " ", "<r>", "b"], document.Tokens("a <r>\u3000\n b"));
        Assert.Equal(["<b>", "b"], document.Tokens("  <b>  b"));
        Assert.Equal(["a", "<r>", "<l>", "b"], document.Tokens("a<r>   <l>b"));
        Assert.Equal(["<n>", " ", "<n>"], document.Tokens("<n> <n>"));
        Assert.Equal(["<r>", "<n>"], document.Tokens("<r> <n>"));
    }

    [Fact]
    public void A_token_of_white_space_within_another_ones_strip_still_counts()
    {
        TokenizerDocument document = Letters("ab\n").Added(3, "<r>", rightStrip: true).Added(4, "\n\n");
        Assert.Equal(["a", "<r>", "\n\n", "b"], document.Tokens("a<r>\n\nb"));
    }

    [Fact]
    public void A_single_word_stands_alone()
    {
        TokenizerDocument document = Letters("ing sé.\u0301\u200D").Added(20, "ing", singleWord: true);
        Assert.Equal(["ing"], document.Tokens("ing"));
        Assert.Equal(["s", " ", "ing", "."], document.Tokens("s ing."));
        Assert.Equal(["s", "i", "n", "g"], document.Tokens("sing"));
        Assert.Equal(["i", "n", "g", "é"], document.Tokens("ingé"));
        Assert.Equal(["i", "n", "g", "\u0301"], document.Tokens("ing\u0301"));
        Assert.Equal(["i", "n", "g", "\u200D"], document.Tokens("ing\u200D"));
    }

    [Fact]
    public void Tokens_split_the_text_before_it_is_normalised_or_after()
    {
        TokenizerDocument document = Letters("abcdyes")
            .Part("normalizer", """{"type":"Lowercase"}""")
            .Added(7, "Yes", normalized: true).Added(8, "ABC", normalized: false);
        Assert.Equal(["Yes", "d", "Yes"], document.Tokens("YESDyes"));
        Assert.Equal(["ABC", "d", "a", "b", "c"], document.Tokens("ABCDabc"));
    }

    [Fact]
    public void A_normalised_token_is_looked_for_and_decoded_as_the_normaliser_leaves_it()
    {
        Tokenizer tokenizer = Letters("▁ahi<s>")
            .Part("normalizer", """{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]}""")
            .Part("decoder", """{"type":"Replace","pattern":{"String":"▁"},"content":" "}""")
            .Added(7, "<s>", special: true, normalized: true).Build();
        Assert.Equal([0, 1, 7, 2, 3], tokenizer.Encode("a <s>hi"));
        Assert.Equal(7, tokenizer.Encode("<s>")[0]);
        Assert.DoesNotContain(7, tokenizer.Encode("a<s>"));

        // And so it is not known as special by the text that it decodes to.
        Assert.Equal(" a <s>hi", tokenizer.Decode([0, 1, 7, 2, 3], skipSpecialTokens: true));
    }

    [Fact]
    public void The_pieces_between_tokens_are_normalised_each()
    {
        TokenizerDocument document = Letters("▁ab").Part("normalizer", """{"type":"Prepend","prepend":"▁"}""").Added(3, "<s>", special: true);
        Assert.Equal(["▁", "a", "<s>", "▁", "b", "<s>", "<s>", "▁", "a"], document.Tokens("a<s>b<s><s>a"));
    }

    [Fact]
    public void A_token_of_the_vocabulary_keeps_its_id_and_others_follow_on()
    {
        Tokenizer tokenizer = Letters("ab").Added(1, "b").Added(7, "new").Added(9, "newer").Build();
        Assert.Equal(1, tokenizer.TokenToId("b"));
        Assert.Equal(2, tokenizer.TokenToId("new"));
        Assert.Equal(3, tokenizer.TokenToId("newer"));
        Assert.Equal(4, tokenizer.VocabularySize);
    }

    [Fact]
    public void A_long_text_with_many_near_misses_is_searched_once()
    {
        // Forty thousand a's and no b: a search that began anew at each place would take 10^9 steps.
        string needle = new string('a', 20_000) + "b";
        string text = new('a', 40_000);
        Tokenizer tokenizer = Letters("ab").Added(2, needle).Build();
        Assert.Equal(40_000, tokenizer.Encode(text).Length);
        int[] found = tokenizer.Encode(text + "b");
        Assert.Equal(20_001, found.Length);
        Assert.Equal(2, found[^1]);
    }

    // Issue 12, item 8. What the library does with one that is there twice: the flags of the last, and one id.
    [ReferenceTheory]
    [InlineData(256, false, false)]
    [InlineData(256, true, true)]
    [InlineData(257, false, false)]
    [InlineData(257, true, false)]
    public void A_token_that_is_there_twice_is_one_as_in_the_library(int secondId, bool left, bool right)
    {
        static string Token(int id, string content, bool left, bool right) =>
            $$"""{"id":{{id}},"content":"{{content}}","single_word":false,"lstrip":{{(left ? "true" : "false")}},"rstrip":{{(right ? "true" : "false")}},"normalized":false,"special":true}""";
        string path = Path.GetTempFileName();
        try
        {
            string added = string.Join(',', Token(256, "x y", false, false), Token(secondId, "x y", left, right), Token(258, "z z", false, false));
            File.WriteAllText(path, ByteVocabulary.Document("null", """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}""")
                .Replace("\"added_tokens\":[]", $"\"added_tokens\":[{added}]", StringComparison.Ordinal));
            using ReferenceTokenizer both = new(path);
            Assert.Null(both.Difference("a x y z z X Yx yx y z z"));
            int[] expected = left && right ? [97, 256, 257] : left ? [97, 256, 32, 257] : [97, 32, 256, 32, 257];
            Assert.Equal(expected, Tokenizer.Load(path).Encode("a x y z z"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    // The library's file reader refuses these; its constructor, which hand-written files rely on, has these defaults.
    [Fact]
    public void Flags_that_are_missing_have_the_defaults_of_the_library()
    {
        TokenizerDocument document = Letters("abcxyz").Part("normalizer", """{"type":"Lowercase"}""")
            .Part("added_tokens", """[{"id":6,"content":"ABC"},{"id":7,"content":"XYZ","special":true}]""");
        Tokenizer tokenizer = document.Build();
        Assert.Equal([6], tokenizer.Encode("aBc")); // not special: looked for in normalised text
        Assert.Equal([7, 3, 4, 5], tokenizer.Encode("XYZxyz")); // special: in the text as it is
        Assert.False(tokenizer.IsSpecial(6));
        Assert.True(tokenizer.IsSpecial(7));
    }

    private static TokenizerDocument Letters(string letters) =>
        new TokenizerDocument().Vocabulary(letters.EnumerateRunes().Select(rune => rune.ToString()).ToArray());
}
