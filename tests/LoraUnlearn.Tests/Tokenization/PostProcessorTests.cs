namespace LoraUnlearn.Tests.Tokenization;

public class PostProcessorTests
{
    private const string Template =
        """
        {"type":"TemplateProcessing",
         "single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"end","type_id":0}}],
         "pair":[{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"end","type_id":0}},{"Sequence":{"id":"B","type_id":1}}],
         "special_tokens":{"<s>":{"id":"<s>","ids":[2],"tokens":["<s>"]},"end":{"id":"end","ids":[3,2],"tokens":["</s>","<s>"]}}}
        """;

    private static readonly string[] Plain = ["a", "b"];

    [Fact]
    public void A_template_surrounds_the_text()
    {
        TokenizerDocument document = Document(Template);
        Assert.Equal(["<s>", "a", "b", "</s>", "<s>"], document.Tokens("ab", addSpecialTokens: true));
        Assert.Equal(Plain, document.Tokens("ab"));
        Assert.Equal(["<s>", "</s>", "<s>"], document.Tokens("", addSpecialTokens: true));
    }

    [Fact]
    public void The_byte_level_one_changes_no_ids()
    {
        const string ByteLevel = """{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":false,"use_regex":true}""";
        Assert.Equal(Plain, Document(ByteLevel).Tokens("ab", addSpecialTokens: true));
        Assert.Equal(
            ["<s>", "a", "b", "</s>", "<s>"],
            Document($$"""{"type":"Sequence","processors":[{{ByteLevel}},{{Template}}]}""").Tokens("ab", addSpecialTokens: true));
    }

    [Theory]
    [InlineData("RobertaProcessing")]
    [InlineData("BertProcessing")]
    public void The_frames_of_bert_and_roberta(string type)
    {
        TokenizerDocument document = Document(
            $$"""{"type":"{{type}}","cls":["<s>",2],"sep":["</s>",3],"trim_offsets":true,"add_prefix_space":false}""");
        Assert.Equal(["<s>", "a", "b", "</s>"], document.Tokens("ab", addSpecialTokens: true));
        Assert.Equal(Plain, document.Tokens("ab"));
    }

    private static TokenizerDocument Document(string postProcessor) =>
        new TokenizerDocument().Vocabulary("a", "b", "<s>", "</s>").Part("post_processor", postProcessor);
}
