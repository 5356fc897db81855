using LoraUnlearn.Checkpoints;
using LoraUnlearn.Data;
using LoraUnlearn.Tests.Checkpoints;
using LoraUnlearn.Tests.Tokenization;
using LoraUnlearn.Tokenization;

namespace LoraUnlearn.Tests.Data;

/// <summary>The precedence of transformers: who says what ends a row, begins a sequence, and ends a generated text.</summary>
public sealed class SpecialTokensTests : IDisposable
{
    private static readonly Tokenizer Tokens = new TokenizerDocument()
        .Vocabulary("a", "b")
        .Added(2, "<s>", special: true).Added(3, "</s>", special: true).Added(4, "<end>", special: true).Added(5, "<pad>", special: true)
        .Build();

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ConfigJsonAloneNamesThem()
    {
        SpecialTokens special = Read("""{"eos_token_id":3,"bos_token_id":2,"pad_token_id":-1}""");
        Assert.Equal((3, 2, null, null), (special.Eos, special.Bos, special.Pad, special.Unknown));
        Assert.Equal([3], special.Ends);
        Assert.False(special.AddBos || special.AddEos);
        Assert.Null(special.ChatTemplate);
        Assert.Empty(special.Warnings);
    }

    [Fact]
    public void NothingNamesNone()
    {
        SpecialTokens special = Read("{}");
        Assert.Equal((null, null), (special.Eos, special.Bos));
        Assert.Empty(special.Ends);
    }

    // A chat model: rows end with the tokenizer's <end>, generation with either of the list.
    [Fact]
    public void TheTokenizerEndsRowsAndTheGenerationConfigEndsTexts()
    {
        _folder.Write("tokenizer_config.json", """{"added_tokens_decoder":{},"eos_token":"<end>","bos_token":{"content":"<s>","special":true},"pad_token":"<pad>","add_bos_token":true,"add_eos_token":true}""");
        _folder.Write("generation_config.json", """{"eos_token_id":[3,4]}""");
        SpecialTokens special = Read("""{"eos_token_id":3,"bos_token_id":2}""");
        Assert.Equal((4, 2, 5), (special.Eos, special.Bos, special.Pad));
        Assert.Equal([3, 4], special.Ends);
        Assert.True(special.AddBos && special.AddEos);
        Assert.Equal($"EOS: {_folder["tokenizer_config.json"]} says 4 (<end>), {_folder["config.json"]} says 3 (</s>); rows get the first, as in transformers.", Assert.Single(special.Warnings));
    }

    [Fact]
    public void AGenerationConfigThatNeverStopsThereIsSaid()
    {
        _folder.Write("tokenizer_config.json", """{"added_tokens_decoder":{},"eos_token":"<end>"}""");
        _folder.Write("generation_config.json", """{"eos_token_id":3}""");
        SpecialTokens special = Read("""{"eos_token_id":4}""");
        Assert.Equal(4, special.Eos);
        Assert.Equal([3], special.Ends);
        Assert.Contains("rows end with 4 (<end>), generated text at 3 (</s>)", Assert.Single(special.Warnings));
    }

    // With the table of added tokens the map is a copy that counts for nothing; without it, the map overrides.
    [Theory]
    [InlineData("""{"added_tokens_decoder":{},"eos_token":"</s>"}""", 3)]
    [InlineData("""{"eos_token":"</s>"}""", 4)]
    [InlineData("""{"added_tokens_decoder":{}}""", null)]
    [InlineData("""{}""", 4)]
    public void TheMapCountsInOldFoldersOnly(string tokenizerConfig, int? eos)
    {
        _folder.Write("tokenizer_config.json", tokenizerConfig);
        _folder.Write("special_tokens_map.json", """{"eos_token":{"content":"<end>"}}""");
        Assert.Equal(eos, Read("{}").Eos);
    }

    [Fact]
    public void ATokenThatTheTokenizerLacksIsLeftOutAndSaid()
    {
        _folder.Write("tokenizer_config.json", """{"eos_token":"<none>"}""");
        SpecialTokens special = Read("""{"eos_token_id":3}""");
        Assert.Equal(3, special.Eos);
        Assert.Contains("says <none>, which the tokenizer does not have", Assert.Single(special.Warnings));
    }

    [Theory]
    [InlineData("config.json", """{"eos_token_id":"</s>"}""", "'eos_token_id': found the string \"</s>\", expected an integer.")]
    [InlineData("config.json", """{"eos_token_id":[2,null]}""", "'eos_token_id[1]': found null, expected an integer.")]
    [InlineData("tokenizer_config.json", """{"eos_token":7}""", "'eos_token': found ")]
    [InlineData("tokenizer_config.json", """{"add_bos_token":"yes"}""", "'add_bos_token': found the string \"yes\"")]
    public void AMalformedFileIsNamed(string name, string json, string expected)
    {
        _folder.Write("config.json", "{}");
        _folder.Write(name, json);
        string message = Assert.Throws<InputException>(() => SpecialTokens.Read(_folder.Path, ModelConfig.Open(_folder["config.json"]), Tokens)).Message;
        Assert.StartsWith($"{_folder[name]}: {expected}", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"chat_template":"one"}""", null, "one")]
    [InlineData("""{"chat_template":"one"}""", "two", "two")]
    [InlineData("""{"chat_template":[{"name":"tool_use","template":"t"},{"name":"default","template":"d"}]}""", null, "d")]
    [InlineData("""{"chat_template":[{"name":"tool_use","template":"t"}]}""", null, null)]
    [InlineData("""{"chat_template":[{"name":3},7]}""", null, null)]
    public void TheChatTemplateIsFound(string tokenizerConfig, string? file, string? expected)
    {
        _folder.Write("tokenizer_config.json", tokenizerConfig);
        if (file is not null)
        {
            _folder.Write("chat_template.jinja", file);
        }

        Assert.Equal(expected, Read("{}").ChatTemplate);
    }

    private SpecialTokens Read(string config)
    {
        _folder.Write("config.json", config);
        return SpecialTokens.Read(_folder.Path, ModelConfig.Open(_folder["config.json"]), Tokens);
    }
}
