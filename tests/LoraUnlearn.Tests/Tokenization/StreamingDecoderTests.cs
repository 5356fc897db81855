using LoraUnlearn.Tokenization;

namespace LoraUnlearn.Tests.Tokenization;

public class StreamingDecoderTests
{
    private const string ByteLevel = """{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true}""";

    private const string Llama =
        """
        {"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},
         {"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}
        """;

    [Fact]
    public void A_character_comes_whole()
    {
        StreamingDecoder stream = Stream(ByteLevel, "a", "ð", "ŁĺĢ", "Ġb");
        Assert.Equal(["a", "", "😀", " b"], Push(stream, 0, 1, 2, 3));
        Assert.Equal("", stream.Flush());
    }

    [Fact]
    public void Bytes_of_a_fallback_come_as_a_character()
    {
        StreamingDecoder stream = Stream(Llama, "▁x", "<0xE2>", "<0x82>", "<0xAC>", "▁y");
        Assert.Equal(["x", "", "", "€", "", "", "€", " y"], Push(stream, 0, 1, 2, 3, 1, 2, 3, 4));
    }

    [Fact]
    public void The_first_space_alone_is_dropped()
    {
        StreamingDecoder stream = Stream("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"always"}""", "▁This", "▁is");
        Assert.Equal(["This", " is", " This"], Push(stream, 0, 1, 0));
    }

    [Fact]
    public void Special_tokens_are_left_out_on_request()
    {
        Tokenizer tokenizer = new TokenizerDocument().Vocabulary("▁a").Part("decoder", Llama).Added(1, "<s>", special: true).Build();
        Assert.Equal(["", "a", "", " a"], Push(tokenizer.CreateStreamingDecoder(), 1, 0, 1, 0));
        Assert.Equal(["<s>", " a", "<s>"], Push(tokenizer.CreateStreamingDecoder(skipSpecialTokens: false), 1, 0, 1));
    }

    [Fact]
    public void What_is_incomplete_at_the_end_is_given_out_on_flush()
    {
        StreamingDecoder stream = Stream(ByteLevel, "a", "ð");
        Assert.Equal(["a", ""], Push(stream, 0, 1));
        Assert.Equal("\uFFFD", stream.Flush());
        Assert.Equal("", stream.Flush());
        Assert.Equal(["a"], Push(stream, 0));
    }

    [Fact]
    public void Bytes_that_never_become_a_character_are_not_held_back_for_ever()
    {
        StreamingDecoder stream = Stream(ByteLevel, "a", "ð");
        string text = string.Concat(Push(stream, Enumerable.Repeat(1, 1000).ToArray()));
        Assert.InRange(text.Length, 900, 1000);
        Assert.Equal(1000, text.Length + stream.Flush().Length);
    }

    [Fact]
    public void Text_given_out_bit_by_bit_is_the_text()
    {
        // One token a byte: every character beyond ASCII is spread over several.
        Tokenizer tokenizer = ByteLevelTests.BytesAlone();
        foreach (string text in RandomText.Samples(seed: 5, count: 300))
        {
            StreamingDecoder stream = tokenizer.CreateStreamingDecoder();
            string streamed = string.Concat(tokenizer.Encode(text).Select(id =>
            {
                string part = stream.Push(id);
                Assert.True(part.Length == 0 || !char.IsHighSurrogate(part[^1]));
                return part;
            }));
            Assert.Equal(text, streamed + stream.Flush());
        }
    }

    private static StreamingDecoder Stream(string decoder, params string[] tokens) =>
        new TokenizerDocument().Vocabulary(tokens).Part("decoder", decoder).Build().CreateStreamingDecoder();

    private static string[] Push(StreamingDecoder stream, params int[] ids) => ids.Select(stream.Push).ToArray();
}
