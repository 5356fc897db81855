namespace LoraUnlearn.Tests.Tokenization;

/// <summary>
/// Pre-tokenisers, seen through a vocabulary that holds the expected pieces whole and every character singly: a piece
/// that is cut elsewhere falls apart.
/// </summary>
public class PreTokenizerTests
{
    [Theory]
    [InlineData("Removed", "the|final|countdown")]
    [InlineData("Isolated", "the|-|final|-|-|countdown")]
    [InlineData("MergedWithPrevious", "the-|final-|-|countdown")]
    [InlineData("MergedWithNext", "the|-final|-|-countdown")]
    [InlineData("Contiguous", "the|-|final|--|countdown")]
    public void What_becomes_of_delimiters(string behavior, string expected) =>
        Check(
            $$"""{"type":"Split","pattern":{"String":"-"},"behavior":"{{behavior}}","invert":false}""",
            "the-final--countdown",
            expected);

    [Theory]
    [InlineData("Removed", "How|are|you")]
    [InlineData("Isolated", "How| |are| |you|?")]
    [InlineData("Contiguous", "How| |are| |you|?")]
    [InlineData("MergedWithPrevious", "How |are |you?")]
    [InlineData("MergedWithNext", "How| are| you|?")]
    public void The_pattern_may_match_the_words_instead(string behavior, string expected) =>
        Check(
            $$"""{"type":"Split","pattern":{"Regex":"\\w+"},"behavior":"{{behavior}}","invert":true}""",
            "How are you?",
            expected);

    [Fact]
    public void A_delimiter_at_either_end()
    {
        Check("""{"type":"Split","pattern":{"String":"-"},"behavior":"MergedWithPrevious","invert":false}""", "-a-", "-|a-");
        Check("""{"type":"Split","pattern":{"String":"-"},"behavior":"MergedWithNext","invert":false}""", "-a-", "-a|-");
    }

    [Theory]
    [InlineData(true, "Call|1|2|3|please|²|Ⅷ|x")]
    [InlineData(false, "Call|123|please|²Ⅷ|x")]
    public void Digits_are_numbers_of_every_kind(bool individual, string expected) =>
        Check($$"""{"type":"Digits","individual_digits":{{(individual ? "true" : "false")}}}""", "Call123please²Ⅷx", expected);

    [Theory]
    [InlineData("""{"type":"Punctuation"}""", "Hey|!|!|a|$|b|«|c€d")]
    [InlineData("""{"type":"Punctuation","behavior":"Contiguous"}""", "Hey|!!|a|$|b|«|c€d")]
    public void Punctuation_has_the_symbols_of_ascii_with_it(string preTokenizer, string expected) =>
        Check(preTokenizer, "Hey!!a$b«c€d", expected);

    [Fact]
    public void White_space_separates_words_and_the_rest()
    {
        Check("""{"type":"Whitespace"}""", "Hey  man_1!?\u00A0½ a\u200Db", "Hey|man_1|!?|½|a\u200Db");
        Check("""{"type":"WhitespaceSplit"}""", " Hey man!\u3000a\u0085b ", "Hey|man!|a|b");
        Check("""{"type":"BertPreTokenizer"}""", "Hey man's  house!?", "Hey|man|'|s|house|!|?");
    }

    [Theory]
    [InlineData("\"prepend_scheme\":\"always\",\"split\":true", "Hey my friend", "▁Hey|▁my|▁friend")]
    [InlineData("\"add_prefix_space\":true", "Hey my", "▁Hey|▁my")]
    [InlineData("\"add_prefix_space\":true,\"str_rep\":\"▁\",\"prepend_scheme\":\"always\"", " Hey", "▁Hey")]
    [InlineData("\"add_prefix_space\":false", "Hey my", "Hey|▁my")]
    [InlineData("\"prepend_scheme\":\"never\"", "Hey my", "Hey|▁my")]
    [InlineData("\"prepend_scheme\":\"always\"", "Hey   my", "▁Hey|▁|▁|▁my")]
    [InlineData("\"prepend_scheme\":\"always\",\"split\":false", "Hey my", "▁Hey▁my")]
    [InlineData("\"prepend_scheme\":\"first\",\"split\":false", "Hey my", "▁Hey▁my")]
    [InlineData("\"prepend_scheme\":\"first\",\"split\":false", " Hey", "▁Hey")]
    [InlineData("\"prepend_scheme\":\"first\",\"split\":null", "\nHey", "▁\nHey")]
    public void Metaspace_in_its_forms(string settings, string text, string expected) =>
        Check($$"""{"type":"Metaspace","replacement":"▁",{{settings}}}""", text, expected);

    [Theory]
    [InlineData("always", "▁Hey|<s>|▁how|<s>|▁are")]
    [InlineData("first", "▁Hey|<s>|how|<s>|▁are")]
    [InlineData("never", "Hey|<s>|how|<s>|▁are")]
    public void Metaspace_beside_special_tokens(string scheme, string expected)
    {
        string[] pieces = expected.Split('|');
        TokenizerDocument document = TokenizerDocument.OfWholeWords(pieces, "Heyhowar▁")
            .Added(0, "<s>", special: true)
            .Part("pre_tokenizer", $$"""{"type":"Metaspace","replacement":"▁","prepend_scheme":"{{scheme}}"}""");
        Assert.Equal(pieces, document.Tokens("Hey<s>how<s> are"));
    }

    [Fact]
    public void Metaspace_first_asks_where_the_text_began()
    {
        const string Metaspace = """{"type":"Metaspace","replacement":"▁","prepend_scheme":"first"}""";

        // A special token, or white space that something removed, takes the beginning away.
        TokenizerDocument special = TokenizerDocument.OfWholeWords(["▁a"], "a▁").Added(0, "<s>", special: true).Part("pre_tokenizer", Metaspace);
        Assert.Equal(["<s>", "a"], special.Tokens("<s>a"));
        TokenizerDocument stripped = TokenizerDocument.OfWholeWords(["▁a"], "a▁")
            .Part("normalizer", """{"type":"Strip","strip_left":true,"strip_right":false}""").Part("pre_tokenizer", Metaspace);
        Assert.Equal(["a"], stripped.Tokens(" a"));
        Assert.Equal(["▁a"], stripped.Tokens("a"));

        // Other normalisers keep it, even where they replace the first character.
        TokenizerDocument composed = TokenizerDocument.OfWholeWords(["▁\u00E9"], "\u00E9▁")
            .Part("normalizer", """{"type":"NFC"}""").Part("pre_tokenizer", Metaspace);
        Assert.Equal(["▁\u00E9"], composed.Tokens("e\u0301"));
        TokenizerDocument replaced = TokenizerDocument.OfWholeWords(["▁xb"], "xb▁")
            .Part("normalizer", """{"type":"Replace","pattern":{"String":"a"},"content":"x"}""").Part("pre_tokenizer", Metaspace);
        Assert.Equal(["▁xb"], replaced.Tokens("ab"));

        // Only the first of several pieces is at the beginning.
        Check($$"""{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},{{Metaspace}}]}""", "a b", "▁a|b");
        Check($$"""{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},{{Metaspace}}]}""", " a b", "a|b");
    }

    [Theory]
    [InlineData(false, "Hello my", "Hello|Ġmy")]
    [InlineData(true, "Hello my", "ĠHello|Ġmy")]
    [InlineData(true, " Hello my", "ĠHello|Ġmy")]
    [InlineData(false, "i⭢j é\n", "i|âŃ¢|j|ĠÃ©|Ċ")]
    [InlineData(false, "How's it   going\t\t!?", "How|'s|Ġit|ĠĠ|Ġgoing|ĉ|ĉ|!?")]
    public void Byte_level_words(bool prefix, string text, string expected) =>
        Check($$"""{"type":"ByteLevel","add_prefix_space":{{(prefix ? "true" : "false")}},"trim_offsets":true}""", text, expected);

    [Fact]
    public void Byte_level_without_its_own_expression()
    {
        Check("""{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}""", "a b's", "aĠb's");
        Check(
            """
            {"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"\\d"},"behavior":"Isolated","invert":false},
             {"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":false}]}
            """,
            "ab1c",
            "Ġab|Ġ1|Ġc");
    }

    [Fact]
    public void Digits_then_bytes() => Check(
        """
        {"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},
         {"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}]}
        """,
        "in 1984 é²",
        "in|Ġ|1|9|8|4|ĠÃ©|Â²");

    [Fact]
    public void The_gemma_split() => Check(
        """{"type":"Split","pattern":{"String":" "},"behavior":"MergedWithPrevious","invert":false}""", "a  b c", "a | |b |c");

    private static void Check(string preTokenizer, string text, string expected)
    {
        string[] pieces = expected.Split('|');
        TokenizerDocument document = TokenizerDocument.OfWholeWords(pieces, text + expected).Part("pre_tokenizer", preTokenizer);
        Assert.Equal(pieces, document.Tokens(text));
    }
}
