using System.Globalization;
using System.Text;

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
    [InlineData(@"\p{Lu}")]
    [InlineData(@"\p{Ll}")]
    [InlineData(@"\p{Lt}")]
    [InlineData(@"\p{Lm}")]
    [InlineData(@"\p{Lo}")]
    [InlineData(@"\p{M}")]
    [InlineData(@"\p{N}")]
    [InlineData(@"\p{P}")]
    [InlineData(@"\p{S}")]
    [InlineData(@"\p{Z}")]
    [InlineData(@"\p{C}")]
    [InlineData(@"\s")]
    [InlineData(@"\d")]
    [InlineData(@"\w")]
    [InlineData(@"[\w]")]
    [InlineData(@"\bx")]
    [InlineData(@"[^\r\n\p{L}\p{N}]")]
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
        Assert.True(differing.Length <= most, $"{differing.Length} differ");
        Assert.All(differing, codePoint => Assert.True(codePoint >= 0x61D, $"U+{codePoint:X}"));
    }

    [ReferenceTheory]
    [InlineData("pattern")]
    public void The_test_sees_a_difference(string _)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, ByteVocabulary.Document("""{"type":"Lowercase"}""", Bytes));
            using ReferenceTokenizer both = new(path);
            Assert.True(both.Agree("Ab"));
            Assert.Equal(UnicodeCategory.OtherNotAssigned, CharUnicodeInfo.GetUnicodeCategory(0xA7CE));
            Assert.False(both.Agree("\uA7CE"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>The code points, of the planes that have any assigned, that the two readings treat differently.</summary>
    private static int[] Differing(string normalizer, string preTokenizer)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, ByteVocabulary.Document(normalizer, preTokenizer));
            using ReferenceTokenizer both = new(path);
            int[] planes = [0, 1, 2, 3, 14];
            return planes.SelectMany(plane => Enumerable.Range(plane << 8, 256))
                .Where(block => block is < 0xD8 or >= 0xE0)
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

    /// <summary>The character on its own, doubled after a letter, and among combining marks of higher and lower classes.</summary>
    private static string InContext(int codePoint)
    {
        string character = char.ConvertFromUtf32(codePoint);
        return $"÷{character}÷x{character}{character} x÷a\u0345{character}\u0301\u0323÷";
    }
}
