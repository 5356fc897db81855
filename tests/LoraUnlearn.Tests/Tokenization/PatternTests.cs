namespace LoraUnlearn.Tests.Tokenization;

/// <summary>The regular expressions of published tokenizers, and the rest of the syntax, with the meaning Oniguruma gives them.</summary>
public class PatternTests
{
    private const string Llama3 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Qwen2 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Cl100k =
        @"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+";

    private const string O200k =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        + @"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        + @"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    [Theory]
    [InlineData(Llama3, "I'm 12345 don'T\r\n\r\n  x", "I|'m| |123|45| don|'T|\r\n\r\n| | x")]
    [InlineData(Qwen2, "I'm 123", "I|'m| |1|2|3")]
    [InlineData(Llama3, "we'LL'ſ'xy", "we|'LL|'ſ|'xy")]
    [InlineData(Llama3, "a\u00A0b\u3000\u0085c", "a|\u00A0b|\u3000|\u0085c")]
    [InlineData(Llama3, "!!\n\n\ta  ", "!!\n\n|\ta|  ")]
    [InlineData(Llama3, "\U0001D4B3\U00010400 \U0001D7D8x\U0001F600\U0001F600", "\U0001D4B3\U00010400| |\U0001D7D8|x|\U0001F600\U0001F600")]
    [InlineData(Llama3, "\U00020000\u8A9E\uD55C\u0E44", "\U00020000\u8A9E\uD55C\u0E44")]
    [InlineData(Llama3, "e\u0301e", "e|\u0301e")]
    [InlineData(Cl100k, "a  \n\n b!!\n", "a|  \n\n| b|!!\n")]
    [InlineData(O200k, "HelloWorld'S fooBAR/\n", "Hello|World'S| foo|BAR|/\n")]
    [InlineData(O200k, "\u01C5a \u0915\u093F", "\u01C5a| \u0915\u093F")]
    [InlineData(Gpt2, "we'LL don't \U0001D4B3 x\u2003\u2003y", "we|'|LL| don|'t| \U0001D4B3| x|\u2003|\u2003|y")]
    [InlineData(Gpt2, "½ Ⅷ² ①a", "½| Ⅷ²| ①|a")]
    public void Published_expressions(string pattern, string text, string expected) => Check(pattern, text, expected);

    [Theory]
    [InlineData(@"^a|b$", "ab\nab", "a|b|\n|a|b")]
    [InlineData(@"\Aa|b\z", "ab\nab", "a|b\na|b")]
    [InlineData(@"b\Z", "bb\n", "b|b|\n")]
    [InlineData(@"\bcat\b", "cat concat cat", "cat| concat |cat")]
    [InlineData(@"\Bx", "ax x", "a|x| x")]
    [InlineData(@"(?<=\d)[a-z]", "1ab", "1|a|b")]
    [InlineData(@"(?<!a)b", "abb", "ab|b")]
    [InlineData(@"(?<=ab|c)x", "abxcxbx", "ab|x|c|x|bx")]
    [InlineData(@"a(?=b)", "aab", "a|a|b")]
    [InlineData(@"(?>a+)b|a", "aab", "aab")]
    [InlineData(@"(?>a+)ab|a", "aab", "a|a|b")]
    [InlineData(@"a++ab|a", "aab", "a|a|b")]
    [InlineData(@"<.+?>", "<a><b>", "<a>|<b>")]
    [InlineData(@"(?:ab){2}", "ababab", "abab|ab")]
    [InlineData(@"(?:ab)+?c", "ababc-", "ababc|-")]
    [InlineData(@"a{,2}b", "aaab", "a|aab")]
    [InlineData(@"a{2,}", "aaa a", "aaa| a")]
    [InlineData(@"x{|}", "x{}", "x{|}")]
    [InlineData(@"[]a]+", "a]b", "a]|b")]
    [InlineData(@"[a\-c]+", "a-cb", "a-c|b")]
    [InlineData(@"[[a-c]x-z]+", "abxq", "abx|q")]
    [InlineData(@"[^\W\d_]+", "ab1_é", "ab|1_|é")]
    [InlineData(@"\p{^L}+", "a12b", "a|12|b")]
    [InlineData(@"\P{Lu}+", "ABcdE", "AB|cd|E")]
    [InlineData(@"\p{Uppercase_Letter}+\p{decimal number}", "aAB1", "a|AB1")]
    [InlineData(@"\x{1F600}|\u00e9|\x41", "\U0001F600éA", "\U0001F600|é|A")]
    [InlineData(@"a.c", "abc a\nc", "abc| a\nc")]
    [InlineData(@"(?m)a.c", "a\nc", "a\nc")]
    [InlineData(@"a(?i)b|C", "aBc", "aB|c")]
    [InlineData(@"a(?i)b|C", "ac", "ac")]
    [InlineData(@"(?i)k|[r-t]", "\u212AſR", "\u212A|ſ|R")]
    [InlineData(@".", "\U0001F600é", "\U0001F600|é")]
    [InlineData(@"\w+", "a½ ⓐ\u200Cb", "a½| |ⓐ|\u200C|b")]
    public void The_rest_of_the_syntax(string pattern, string text, string expected) => Check(pattern, text, expected);

    [Theory]
    [InlineData(@"(a", "a group has no ')'")]
    [InlineData(@"a)", "a ')' too many")]
    [InlineData(@"[a", "a class has no ']'")]
    [InlineData(@"*a", "nothing to repeat")]
    [InlineData(@"a\", "ends too early")]
    [InlineData(@"(a)\1", @"'\1' is not supported")]
    [InlineData(@"\p{Han}", @"'\p{Han}' is not supported")]
    [InlineData(@"\pL", "name in braces")]
    [InlineData(@"(?<name>a)", "kind of group is not supported")]
    [InlineData(@"[a&&b]", "'&&'")]
    [InlineData(@"[[:alpha:]]", "POSIX")]
    [InlineData(@"(?:a*)*", "can be empty")]
    [InlineData(@"(?<=a+)b", "looks behind")]
    [InlineData(@"(?:a{1,1000}){1,1000}b?(?:ab){1000}{1000}", "too large")]
    [InlineData(@"[z-a]", "runs backwards")]
    [InlineData(@"a{3,2}", "runs backwards")]
    [InlineData(@"\xE9", "byte")]
    [InlineData(@"(?i)é", "where case is ignored")]
    [InlineData(@"(?i)ss", "where case is ignored")]
    [InlineData(@"\X", @"'\X' is not supported")]
    public void What_is_not_supported_is_named(string pattern, string problem)
    {
        InputException error = Assert.Throws<InputException>(() => Document(pattern, ["x"], "x").Build());
        Assert.StartsWith("test.json: pre_tokenizer.pattern.Regex: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_expression_that_backtracks_without_end_is_stopped()
    {
        TokenizerDocument document = Document("(?:a|a)+b", ["x"], "a");
        InputException error = Assert.Throws<InputException>(() => document.Tokens(new string('a', 60)));
        Assert.Contains("takes too many steps", error.Message, StringComparison.Ordinal);
        Assert.Contains("(?:a|a)+b", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Deep_nesting_is_refused()
    {
        string pattern = new string('(', 5000) + "a" + new string(')', 5000);
        Assert.Contains("nested too deeply", Assert.Throws<InputException>(() => Document(pattern, ["x"], "x").Build()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Long_runs_of_one_kind_are_cut_once()
    {
        string spaces = new(' ', 1 << 20);
        string letters = new('x', 1 << 20);
        TokenizerDocument document = Document(Llama3, [spaces[1..], " " + letters], " x1");
        Assert.Equal([spaces[1..], " " + letters], document.Tokens(spaces + letters));
        Assert.Equal(["x", spaces[1..], " ", "1"], document.Tokens("x" + spaces + "1"));
    }

    private static TokenizerDocument Document(string pattern, string[] pieces, string characters) =>
        TokenizerDocument.OfWholeWords(pieces, characters).Part(
            "pre_tokenizer",
            $$"""{"type":"Split","pattern":{"Regex":{{System.Text.Json.JsonSerializer.Serialize(pattern)}}},"behavior":"Isolated","invert":false}""");

    private static void Check(string pattern, string text, string expected)
    {
        string[] pieces = expected.Split('|');
        Assert.Equal(pieces, Document(pattern, pieces, text).Tokens(text));
    }
}
