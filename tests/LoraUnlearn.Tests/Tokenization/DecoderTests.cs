using LoraUnlearn.Tokenization;

namespace LoraUnlearn.Tests.Tokenization;

public class DecoderTests
{
    private const string Llama =
        """
        {"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},
         {"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}
        """;

    [Theory]
    [InlineData("▁Hey|▁you|!", "Hey you!")]
    [InlineData("▁|▁a", " a")]
    [InlineData("a|▁b", "a b")]
    [InlineData("▁|<0xE2>|<0x82>|<0xAC>|▁x", "€ x")]
    [InlineData("<0xE2>|<0x82>|a", "\uFFFD\uFFFDa")]
    [InlineData("<0x41>|<0xE2>", "\uFFFD\uFFFD")]
    [InlineData("<0x4G>|<0x41", "<0x4G><0x41")]
    public void The_llama_sequence(string tokens, string expected) => Check(Llama, tokens, expected);

    [Theory]
    [InlineData("always", "▁Hey▁|▁you", "Hey you")]
    [InlineData("first", "▁Hey▁|▁you", "Hey you")]
    [InlineData("never", "▁Hey|▁you", " Hey you")]
    public void Metaspace_drops_what_it_put_there(string scheme, string tokens, string expected) =>
        Check($$"""{"type":"Metaspace","replacement":"▁","prepend_scheme":"{{scheme}}","split":true}""", tokens, expected);

    [Theory]
    [InlineData("Hello|Ġworld|Ċ", "Hello world\n")]
    [InlineData("âĤ|¬|ð|Ł|ĺ|Ģ", "€😀")]
    [InlineData("âĤ|x|ð|Ł", "\uFFFDx\uFFFD")]
    [InlineData("Ġ语|é", "Ġ语\uFFFD")]
    public void Bytes_come_back_from_their_alphabet(string tokens, string expected) =>
        Check("""{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true}""", tokens, expected);

    [Theory]
    [InlineData("""{"type":"Strip","content":"H","start":1,"stop":0}""", "Hey| friend!|HHH", "ey friend!HH")]
    [InlineData("""{"type":"Strip","content":"y","start":0,"stop":1}""", "Hey| friend!|y", "He friend!")]
    [InlineData("""{"type":"Strip","content":"x","start":2,"stop":5}""", "xxxaxx", "xa")]
    [InlineData("""{"type":"Strip","content":"x","start":3,"stop":3}""", "xx|x", "")]
    [InlineData("""{"type":"Replace","pattern":{"Regex":"a+"},"content":"-"}""", "aab|a|b", "-b-b")]
    [InlineData("""{"type":"BPEDecoder","suffix":"</w>"}""", "low|er</w>|yes</w>", "lower yes")]
    [InlineData("""{"type":"Fuse"}""", "a|b", "ab")]
    [InlineData("null", "a|b", "a b")]
    public void Others(string decoder, string tokens, string expected) => Check(decoder, tokens, expected);

    [Fact]
    public void Special_tokens_can_be_left_out_and_unknown_ids_always_are()
    {
        Tokenizer tokenizer = new TokenizerDocument().Vocabulary("▁a", "▁b")
            .Added(2, "<s>", special: true).Added(3, "<t>").Part("decoder", Llama).Build();
        Assert.Equal("<s> a<t> b", tokenizer.Decode([2, 0, 3, 1]));
        Assert.Equal("a<t> b", tokenizer.Decode([2, 0, 3, 1, 99, -5], skipSpecialTokens: true));
    }

    private static void Check(string decoder, string tokens, string expected)
    {
        string[] pieces = tokens.Split('|');
        string[] distinct = pieces.Distinct().ToArray();
        Tokenizer tokenizer = new TokenizerDocument().Vocabulary(distinct).Part("decoder", decoder).Build();
        Assert.Equal(expected, tokenizer.Decode(pieces.Select(piece => Array.IndexOf(distinct, piece)).ToArray()));
    }
}
