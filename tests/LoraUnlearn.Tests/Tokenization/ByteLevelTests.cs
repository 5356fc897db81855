using System.Text;
using LoraUnlearn.Tokenization;

namespace LoraUnlearn.Tests.Tokenization;

public class ByteLevelTests
{
    /// <summary>A byte-level vocabulary without merges: ids are bytes, in the order of the alphabet below.</summary>
    internal static Tokenizer BytesAlone() => Document().Build();

    [Theory]
    [InlineData(null)]
    [InlineData("""{"type":"NFC"}""")]
    public void Any_text_comes_back(string? normalizer)
    {
        TokenizerDocument document = Document().Merges("Ġ t", "h e", "Ġ a", "Ġt he", "Ã ©", "ð Ł");
        Tokenizer tokenizer = normalizer is null ? document.Build() : document.Part("normalizer", normalizer).Build();
        foreach (string text in RandomText.Samples(seed: 3, count: 1000).Append(" the é the 😀"))
        {
            string decoded = tokenizer.Decode(tokenizer.Encode(text));
            if (normalizer is null)
            {
                Assert.Equal(text, decoded);
            }

            Assert.Equal(decoded, tokenizer.Decode(tokenizer.Encode(decoded)));
        }
    }

    [Fact]
    public void Without_merges_the_tokens_are_the_bytes()
    {
        Tokenizer tokenizer = BytesAlone();
        foreach (string text in RandomText.Samples(seed: 4, count: 200))
        {
            byte[] bytes = tokenizer.Encode(text).Select(id => ByteOf(tokenizer.IdToToken(id)![0])).ToArray();
            Assert.Equal(Encoding.UTF8.GetBytes(text), bytes);
        }
    }

    [Fact]
    public void Half_of_a_surrogate_pair_counts_as_the_replacement_character()
    {
        Tokenizer tokenizer = BytesAlone();
        Assert.Equal("a\uFFFDb\uFFFD\U0001F600\uFFFD", tokenizer.Decode(tokenizer.Encode("a\uD83Db\uDE00\U0001F600\uD800")));
    }

    /// <summary>GPT-2's alphabet, from its definition: printable bytes stand for themselves, the rest for U+0100 on.</summary>
    private static byte ByteOf(char character)
    {
        char[] printable = [.. Range('!', '~'), .. Range('¡', '¬'), .. Range('®', 'ÿ')];
        byte[] others = Enumerable.Range(0, 256).Where(value => !printable.Contains((char)value)).Select(value => (byte)value).ToArray();
        return character < 256 ? (byte)character : others[character - 256];
    }

    private static IEnumerable<char> Range(char first, char last) =>
        Enumerable.Range(first, last - first + 1).Select(value => (char)value);

    private static TokenizerDocument Document()
    {
        IEnumerable<string> bytes = Enumerable.Range(0x21, 0x143 - 0x21 + 1)
            .Where(value => value is <= 0x7E or (>= 0xA1 and not 0xAD))
            .Select(value => ((char)value).ToString());
        return new TokenizerDocument()
            .Vocabulary([.. bytes, "Ġt", "he", "Ġa", "Ġthe", "Ã©", "ðŁ"])
            .Part("pre_tokenizer", """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true}""")
            .Part("decoder", """{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true}""");
    }
}
