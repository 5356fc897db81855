using System.Text;
using LoraUnlearn.Tests.Support;
using LoraUnlearn.Tokenization;

namespace LoraUnlearn.Tests.Tokenization;

/// <summary>Files that cannot be used: each gets one message that names the place and the problem.</summary>
public class MalformedFileTests
{
    private const string Good =
        """
        {"version":"1.0","added_tokens":[],"normalizer":null,"pre_tokenizer":null,"post_processor":null,"decoder":null,
         "model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]}}
        """;

    [Theory]
    [InlineData("", "not well-formed JSON")]
    [InlineData("[]", "not a JSON object")]
    [InlineData("{\"version\":\"1.0\"", "not well-formed JSON")]
    [InlineData("{}x", "not well-formed JSON")]
    [InlineData("{\"version\":\"1.0\"}", "has no 'model'")]
    [InlineData("{\"model\":[]}", "model is not an object")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"merges\":[]}}", "model.vocab is missing")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"vocab\":{}}}", "model.merges is missing")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"vocab\":{},\"merges\":{}}}", "model.merges is missing or not an array")]
    [InlineData("{\"model\":{\"type\":\"Unigram\",\"vocab\":[[\"a\",0.5]]}}", "model.type is 'Unigram', which is not supported")]
    [InlineData("{\"model\":{\"vocab\":{\"\\ud800\":0},\"merges\":[]}}", "not Unicode text")]
    public void Documents(string json, string problem) => Fails(Encoding.UTF8.GetBytes(json), problem);

    [Theory]
    [InlineData("\"version\":\"1.0\"", "\"version\":\"2.0\"", "version is '2.0'; 1.0 was expected")]
    [InlineData("\"version\":\"1.0\"", "\"version\":1", "version is 1; a string was expected")]
    [InlineData("\"a\":0", "\"a\":-1", "model.vocab['a'] is not a token id from 0")]
    [InlineData("\"a\":0", "\"a\":4000000000", "model.vocab['a'] is not a token id from 0")]
    [InlineData("\"a\":0", "\"a\":2147483647", "model.vocab['a'] is not a token id from 0")]
    [InlineData("\"a\":0", "\"a\":0.5", "model.vocab['a'] is not a token id from 0")]
    [InlineData("\"a\":0", "\"a\":\"0\"", "model.vocab['a'] is not a token id from 0")]
    [InlineData("\"a\":0", "\"a\":1", "model.vocab['b'] has the id 1, which 'a' has too")]
    [InlineData("\"a\":0", "\"a\":0,\"a\":5", "model.vocab['a'] is given twice, as 0 and as 5")]
    [InlineData("\"a b\"", "\"a b\",\"a c\"", "model.merges[1] needs the token 'c'")]
    [InlineData("\"a b\"", "\"b a\"", "model.merges[0] needs the token 'ba'")]
    [InlineData("\"a b\"", "\"ab\"", "model.merges[0] is 'ab'; two tokens with a space")]
    [InlineData("\"a b\"", "\"a b c\"", "model.merges[0] is 'a b c'; two tokens with a space")]
    [InlineData("\"a b\"", "\"a b\",[\"a\",\"b\"]", "model.merges[1] is written in another way")]
    [InlineData("\"a b\"", "[\"a\"]", "model.merges[0] is neither a string")]
    [InlineData("\"a b\"", "[\"a\",\"b\",\"c\"]", "model.merges[0] has more than two parts")]
    [InlineData("\"a b\"", "7", "model.merges[0] is neither a string")]
    [InlineData("\"BPE\"", "\"BPE\",\"dropout\":0.1", "model.dropout is neither null nor 0")]
    [InlineData("\"BPE\"", "\"BPE\",\"byte_fallback\":1", "model.byte_fallback is neither true nor false")]
    [InlineData("\"BPE\"", "\"BPE\",\"unk_token\":1", "model.unk_token is neither a string nor null")]
    [InlineData("\"BPE\"", "null", "model.type is null")]
    [InlineData("\"BPE\"", "\"BPE\",\"continuing_subword_prefix\":\"###\"", "shorter than model.continuing_subword_prefix")]
    [InlineData("\"added_tokens\":[]", "\"added_tokens\":{}", "added_tokens is {}; an array was expected")]
    public void Values(string good, string bad, string problem) => Fails(Good.Replace(good, bad, StringComparison.Ordinal), problem);

    [Theory]
    [InlineData("normalizer", "7", "normalizer is 7; an object with a 'type' was expected")]
    [InlineData("normalizer", "{}", "normalizer has no 'type'")]
    [InlineData("normalizer", """{"type":"Precompiled"}""", "normalizer.type is 'Precompiled', which is not supported; supported are ByteLevel")]
    [InlineData("normalizer", """{"type":"Sequence"}""", "normalizer has no 'normalizers'")]
    [InlineData("normalizer", """{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"X"}]}""", "normalizer.normalizers[1].type is 'X'")]
    [InlineData("normalizer", """{"type":"Replace","pattern":{"Glob":"*"},"content":""}""", "normalizer.pattern is a pattern of kind 'Glob'")]
    [InlineData("normalizer", """{"type":"Replace","pattern":{},"content":""}""", "normalizer.pattern must have exactly one key")]
    [InlineData("normalizer", """{"type":"Replace","pattern":{"Regex":"("},"content":""}""", "normalizer.pattern.Regex: the regular expression '('")]
    [InlineData("normalizer", """{"type":"Prepend","prepend":null}""", "normalizer.prepend is null; a string was expected")]
    [InlineData("pre_tokenizer", """{"type":"UnicodeScripts"}""", "pre_tokenizer.type is 'UnicodeScripts', which is not supported")]
    [InlineData("pre_tokenizer", """{"type":"Digits"}""", "pre_tokenizer has no 'individual_digits'")]
    [InlineData("pre_tokenizer", """{"type":"Digits","individual_digits":"yes"}""", "pre_tokenizer.individual_digits is \"yes\"; true or false was expected")]
    [InlineData("pre_tokenizer", """{"type":"Metaspace","replacement":"__"}""", "pre_tokenizer.replacement is '__'; a single character")]
    [InlineData("pre_tokenizer", """{"type":"Metaspace","replacement":"_","prepend_scheme":"last"}""", "prepend_scheme is 'last'; always, first or never")]
    [InlineData("pre_tokenizer", """{"type":"Metaspace","replacement":"_","prepend_scheme":"first","add_prefix_space":false}""", "contradicts 'prepend_scheme'")]
    [InlineData("pre_tokenizer", """{"type":"Split","pattern":{"String":"a"},"behavior":"1","invert":false}""", "pre_tokenizer.behavior is '1'; one of Removed")]
    [InlineData("post_processor", """{"type":"X"}""", "post_processor.type is 'X', which is not supported")]
    [InlineData("post_processor", """{"type":"RobertaProcessing","cls":["a"],"sep":["b",1]}""", "post_processor.cls must be a token and its id")]
    [InlineData("post_processor", """{"type":"TemplateProcessing","single":[{"Sequence":{"id":"B","type_id":0}}],"pair":[],"special_tokens":{}}""", "single[0].Sequence.id is 'B'; A was expected")]
    [InlineData("post_processor", """{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"s","type_id":0}}],"pair":[],"special_tokens":{}}""", "post_processor.special_tokens has no 's'")]
    [InlineData("decoder", """{"type":"CTC"}""", "decoder.type is 'CTC', which is not supported")]
    [InlineData("decoder", """{"type":"Strip","content":" ","start":-1,"stop":0}""", "decoder.start is -1; a whole number from 0 up")]
    [InlineData("decoder", """{"type":"ByteLevel""", "not well-formed JSON")]
    public void Components(string key, string value, string problem) =>
        Fails(Good.Replace($"\"{key}\":null", $"\"{key}\":{value}", StringComparison.Ordinal), problem);

    [Theory]
    [InlineData(3, "x", 3, "y", "added_tokens[1].id is 3, the id of an added token before it")]
    [InlineData(3, "x", -4, "y", "added_tokens[1].id is -4; a whole number from 0 up was expected")]
    [InlineData(3, "x", 2000000000, "y", "added_tokens[1].id is 2000000000; a token id is at most")]
    public void Added_tokens_that_collide(int firstId, string first, int secondId, string second, string problem) => Fails(
        new TokenizerDocument().Vocabulary("a").Added(firstId, first).Added(secondId, second).ToBytes(), problem);

    [Fact]
    public void Added_tokens_that_normalise_to_the_same() => Fails(
        new TokenizerDocument().Vocabulary("a").Part("normalizer", """{"type":"Lowercase"}""")
            .Added(1, "X", normalized: true).Added(2, "x", normalized: true).ToBytes(),
        "added_tokens[1] ('x') reads 'x' when normalised");

    [Fact]
    public void An_added_token_with_a_flag_that_is_none() => Fails(
        Good.Replace("\"added_tokens\":[]", "\"added_tokens\":[{\"id\":3,\"content\":\"x\",\"special\":\"yes\"}]", StringComparison.Ordinal),
        "added_tokens[0].special is \"yes\"; true or false was expected");

    [Fact]
    public void Deep_nesting() => Fails(
        Good.Replace("\"normalizer\":null", "\"normalizer\":" + new string('[', 100_000), StringComparison.Ordinal), "not well-formed JSON");

    [Fact]
    public void Bytes_that_are_not_utf8()
    {
        byte[] json = Encoding.UTF8.GetBytes(Good);
        json[^20] = 0xFF;
        Fails(json, "not UTF-8 text");
    }

    [Fact]
    public void A_missing_file_is_named_and_so_is_the_way_to_make_one()
    {
        string folder = Path.Combine(Path.GetTempPath(), $"no-such-{Guid.NewGuid():N}");
        InputException error = Assert.Throws<InputException>(() => Tokenizer.Load(folder));
        Assert.Contains(folder, error.Message, StringComparison.Ordinal);
        Assert.Contains("save_pretrained", error.Message, StringComparison.Ordinal);
        Assert.Contains("tokenizer.json", Assert.Throws<InputException>(() => Tokenizer.Load(Repository.Fixtures + "/..")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Truncation_and_padding_are_not_applied()
    {
        string json = Good.Replace(
            "\"version\":\"1.0\"",
            """
            "version":"1.0","truncation":{"max_length":1,"strategy":"LongestFirst","stride":0,"direction":"Right"},
            "padding":{"strategy":{"Fixed":9},"pad_id":0,"pad_token":"a","pad_type_id":0,"direction":"Right"}
            """,
            StringComparison.Ordinal);
        Assert.Equal([2, 2], Tokenizer.Parse(Encoding.UTF8.GetBytes(json), "x").Encode("abab"));
    }

    [Fact]
    public void Damage_anywhere_is_an_input_error_or_harmless()
    {
        byte[] whole = Encoding.UTF8.GetBytes(Good.Replace(
            "\"normalizer\":null",
            "\"normalizer\":" + """{"type":"Replace","pattern":{"Regex":"[a-c]+(?=\\s)|x{2,3}"},"content":"y"}""",
            StringComparison.Ordinal));
        Random random = new(1);
        int refused = 0;
        for (int i = 0; i < 3000; i++)
        {
            byte[] damaged = i % 3 == 0 ? whole[..random.Next(whole.Length)] : whole.ToArray();
            for (int j = 0; j < i % 3; j++)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(32, 127);
            }

            try
            {
                Tokenizer.Parse(damaged, "x").Encode("abc xx");
            }
            catch (InputException e)
            {
                Assert.StartsWith("x: ", e.Message, StringComparison.Ordinal);
                refused++;
            }
        }

        Assert.InRange(refused, 1000, 2999);
    }

    private static void Fails(string json, string problem) => Fails(Encoding.UTF8.GetBytes(json), problem);

    private static void Fails(byte[] json, string problem)
    {
        InputException error = Assert.Throws<InputException>(() => Tokenizer.Parse(json, "some.json"));
        Assert.StartsWith("some.json: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }
}
