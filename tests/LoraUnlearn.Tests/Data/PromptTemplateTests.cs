using LoraUnlearn.Data;

namespace LoraUnlearn.Tests.Data;

public class PromptTemplateTests
{
    [Theory]
    [InlineData("plain", "Question: Q\nAnswer:", " A", true)]
    [InlineData("phi", "Question: Q\nAnswer:", " A", true)]
    [InlineData("LLAMA2", "[INST] Q [/INST]", " A", true)]
    [InlineData("tofu-llama2", "[INST] Q [/INST]", "A", true)]
    [InlineData("chatml", "<|im_start|>user\nQ<|im_end|>\n<|im_start|>assistant\n", "A<|im_end|>", false)]
    [InlineData("llama3", "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nQ<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n", "A<|eot_id|>", false)]
    [InlineData("mistral", "[INST] Q [/INST]", " A", true)]
    [InlineData("gemma", "<bos><start_of_turn>user\nQ<end_of_turn>\n<start_of_turn>model\n", "A<end_of_turn>", false)]
    [InlineData("vicuna", "A chat between a curious user and an artificial intelligence assistant. The assistant gives helpful, detailed, and polite answers to the user's questions. USER: Q ASSISTANT:", " A", true)]
    [InlineData("zephyr", "<|user|>\nQ</s>\n<|assistant|>\n", "A</s>", false)]
    [InlineData("phi3", "<|user|>\nQ<|end|>\n<|assistant|>\n", "A<|end|>", false)]
    public void RendersNamedTemplates(string name, string prompt, string answer, bool appendEos)
    {
        PromptTemplate template = PromptTemplate.Named(name);
        Assert.Equal((prompt, answer), template.Render("Q", "A"));
        Assert.Equal(appendEos, template.AppendEos);
    }

    [Fact]
    public void EveryNameIsKnown() =>
        Assert.All(PromptTemplate.Names, name => Assert.Contains("Q?", PromptTemplate.Named(name).Render("Q?", "A").Prompt));

    [Fact]
    public void AnUnknownNameSuggestsTheNearest()
    {
        string message = Assert.Throws<InputException>(() => PromptTemplate.Named("chatlm")).Message;
        Assert.Contains("Did you mean 'chatml'?", message);
        Assert.Contains("plain", message);
        Assert.DoesNotContain("Did you mean", Assert.Throws<InputException>(() => PromptTemplate.Named("something else")).Message);
    }

    [Fact]
    public void PlaceholdersInTheRowAreLeftAlone() =>
        Assert.Equal(
            ("Q: what is {answer}? A:", " {question} {0}"),
            PromptTemplate.From("Q: {question} A:", " {answer}").Render("what is {answer}?", "{question} {0}"));

    [Theory]
    [InlineData("no placeholder", " {answer}")]
    [InlineData("{question} {question}", " {answer}")]
    [InlineData("{question}", "none")]
    [InlineData("{question} {answer}", "{answer}")]
    public void WrongPlaceholdersAreInputErrors(string prompt, string answer) =>
        Assert.Throws<InputException>(() => PromptTemplate.From(prompt, answer));
}
