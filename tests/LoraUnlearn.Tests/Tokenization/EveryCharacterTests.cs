namespace LoraUnlearn.Tests.Tokenization;

/// <summary>
/// What normalisers, pre-tokenisers and the classes of regular expressions make of every character of Unicode, against
/// Hugging Face's library.
/// </summary>
public class EveryCharacterTests
{
    private const string Bytes = """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}""";

    // Shows where pieces begin.
    private const string MarkedBytes = """{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":false}""";

    [ReferenceTheory]
    [InlineData("NFC")]
    [InlineData("NFD")]
    [InlineData("NFKC")]
    [InlineData("NFKD")]
    [InlineData("Nmt")]
    public void Normalisers(string type) => Assert.Empty(Differing($$"""{"type":"{{type}}"}""", Bytes));

    [ReferenceTheory]
    [InlineData(@"\p{L}")]
    [InlineData(@"\p{N}")]
    [InlineData(@"\p{M}")]
    [InlineData(@"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]")]
    [InlineData(@"[\p{P}\p{S}]")]
    [InlineData(@"[^\s\p{L}\p{N}]")]
    [InlineData(@"\s")]
    [InlineData(@"\d")]
    [InlineData(@"\w")]
    [InlineData(@"[\w]")]
    [InlineData(@"\bx")]
    [InlineData(@"(?i:s|k)")]
    public void Classes_of_regular_expressions(string expression) => Assert.Empty(Differing(
        "null",
        $$"""
        {"type":"Sequence","pretokenizers":[
         {"type":"Split","pattern":{"Regex":"{{expression.Replace(@"\", @"\\", StringComparison.Ordinal)}}"},"behavior":"Removed","invert":false},{{Bytes}}]}
        """));

    [ReferenceTheory]
    [InlineData("""{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}""")]
    [InlineData("""{"type":"Whitespace"}""")]
    [InlineData("""{"type":"WhitespaceSplit"}""")]
    public void Pre_tokenisers(string part) =>
        Assert.Empty(Differing("null", $$"""{"type":"Sequence","pretokenizers":[{{part}},{{MarkedBytes}}]}"""));

    [ReferenceTheory]
    [InlineData("""{"type":"Lowercase"}""", null, 28)]
    [InlineData("""{"type":"StripAccents"}""", null, 408)]
    [InlineData(null, """{"type":"Digits","individual_digits":true}""", 13)]
    [InlineData(null, """{"type":"Punctuation","behavior":"Isolated"}""", 142)]
    [InlineData(null, """{"type":"BertPreTokenizer"}""", 142)]
    public void Where_the_versions_of_Unicode_differ_only_rare_characters_do(string? normalizer, string? part, int most)
    {
        // Known and left alone: the reference knows letter cases and digits of Unicode 17, and marks and punctuation as of Unicode 8 and 9.
        int[] differing = Differing(normalizer ?? "null", part is null ? Bytes : $$"""{"type":"Sequence","pretokenizers":[{{part}},{{MarkedBytes}}]}""");
        Assert.InRange(differing.Length, 1, most);
        Assert.All(differing, codePoint => Assert.True(codePoint >= 0x61D, $"U+{codePoint:X}"));
    }

    /// <summary>The code points that the two readings treat differently, of all but the middle of the uniform blocks of Han and what is unassigned.</summary>
    private static int[] Differing(string normalizer, string preTokenizer)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, ByteVocabulary.Document(normalizer, preTokenizer));
            using ReferenceTokenizer both = new(path);
            return Enumerable.Range(0, 0xE02)
                .Where(block => block is not (>= 0xD8 and < 0xE0) and not (> 0x200 and < 0x2F8) and not (> 0x300 and < 0xE00))
                .Select(block => Enumerable.Range(block << 8, 256).ToArray())
                .Where(block => !both.Agree(string.Concat(block.Select(InContext))))
                .SelectMany(block => block.Where(codePoint => !both.Agree(InContext(codePoint))))
                .ToArray();
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>The character beside letters, and among combining marks of higher and lower classes.</summary>
    private static string InContext(int codePoint)
    {
        string character = char.ConvertFromUtf32(codePoint);
        return $"÷{character}x÷a\u0345{character}\u0323";
    }
}
