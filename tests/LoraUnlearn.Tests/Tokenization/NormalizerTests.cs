namespace LoraUnlearn.Tests.Tokenization;

/// <summary>Normalisers, seen through a vocabulary that drops nothing: the tokens joined are the normalised text.</summary>
public class NormalizerTests
{
    [Theory]
    [InlineData("NFC", "e\u0301", "\u00E9")]
    [InlineData("NFC", "\u1E9B\u0323", "\u1E9B\u0323")]
    [InlineData("NFD", "\u1E9B\u0323", "\u017F\u0323\u0307")]
    [InlineData("NFKC", "\u1E9B\u0323", "\u1E69")]
    [InlineData("NFKD", "\u1E9B\u0323", "s\u0323\u0307")]
    [InlineData("NFC", "\u1100\u1161\u11A8", "\uAC01")]
    [InlineData("NFD", "\uAC01", "\u1100\u1161\u11A8")]
    [InlineData("NFC", "a\u0315\u0300\u05AE\u0300b", "\u00E0\u05AE\u0300\u0315b")]
    [InlineData("NFC", "\u0958", "\u0915\u093C")]
    [InlineData("NFC", "\u2126\uFB01", "\u03A9\uFB01")]
    [InlineData("NFKC", "\uFB01 \uFF21\u2460", "fi A1")]
    [InlineData("NFC", "\U000110A5\U000110BA", "\U000110AB")]
    [InlineData("NFKD", "\U0001D4B3", "X")]
    [InlineData("NFC", "plain text stays", "plain text stays")]
    public void Unicode_forms(string form, string text, string expected) =>
        Check($$"""{"type":"{{form}}"}""", text, expected);

    [Theory]
    [InlineData("ÀÉ\u0130ΣK\U00010400", "àéi\u0307σk\U00010428")]
    public void Lower_case(string text, string expected) => Check("""{"type":"Lowercase"}""", text, expected);

    [Fact]
    public void Accents_go_once_they_are_decomposed() =>
        Check("""{"type":"Sequence","normalizers":[{"type":"NFD"},{"type":"StripAccents"}]}""", "Crème brûlée ไทย", "Creme brulee ไทย");

    [Theory]
    [InlineData(true, true, "a \u3000b")]
    [InlineData(true, false, "a \u3000b\n\u00A0")]
    [InlineData(false, true, " \ta \u3000b")]
    public void White_space_goes_from_the_ends(bool left, bool right, string expected) =>
        Check(
            $$"""{"type":"Strip","strip_left":{{(left ? "true" : "false")}},"strip_right":{{(right ? "true" : "false")}}}""",
            " \ta \u3000b\n\u00A0",
            expected);

    [Fact]
    public void A_string_is_put_in_front_of_text_only()
    {
        Check("""{"type":"Prepend","prepend":"▁"}""", "a", "▁a");
        Check("""{"type":"Prepend","prepend":"▁"}""", "", "");
    }

    [Theory]
    [InlineData("""{"String":" "}""", "▁", " a  b", "▁a▁▁b")]
    [InlineData("""{"Regex":" {2,}"}""", "_", "a  b   c d", "a_b_c d")]
    [InlineData("""{"String":"."}""", "", "a.b.", "ab")]
    [InlineData("""{"Regex":"\\s+$"}""", "", "a b  ", "a b")]
    [InlineData("""{"Regex":"(?<=a)"}""", "-", "aab", "a-a-b")]
    public void Matches_are_replaced(string pattern, string content, string text, string expected) =>
        Check($$"""{"type":"Replace","pattern":{{pattern}},"content":"{{content}}"}""", text, expected);

    [Fact]
    public void The_llama_sequence() => Check(
        """
        {"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},
         {"type":"Replace","pattern":{"String":" "},"content":"▁"}]}
        """,
        " hi you",
        "▁▁hi▁you");

    [Fact]
    public void Controls_and_odd_spaces_of_nmt() => Check("""{"type":"Nmt"}""", "a\u0001\tb\u200Bc\u2581\u0085", "a b c \u0085");

    [Fact]
    public void Bytes_in_the_byte_level_alphabet() => Check("""{"type":"ByteLevel"}""", "é \n", "Ã©ĠĊ");

    private static void Check(string normalizer, string text, string expected)
    {
        TokenizerDocument document = TokenizerDocument.OfWholeWords([], text + expected).Part("normalizer", normalizer);
        Assert.Equal(expected, string.Concat(document.Tokens(text)));
    }
}
