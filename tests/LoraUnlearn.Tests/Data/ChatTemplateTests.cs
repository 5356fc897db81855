using System.Text;
using System.Text.Json;
using LoraUnlearn.Data;
using LoraUnlearn.Tests.Support;
using LoraUnlearn.Tests.Tokenization;
using LoraUnlearn.Tokenization;

namespace LoraUnlearn.Tests.Data;

/// <summary>
/// What is recognised of a chat template renders what Jinja2 renders, token for token: texts from tests/Fixtures/chat-templates/golden.json,
/// ids from Hugging Face's own library.
/// </summary>
public sealed class ChatTemplateTests : IDisposable
{
    private static readonly string Fixtures = Path.Combine(Repository.Root, "tests", "Fixtures", "chat-templates");

    private static readonly string[] Markers =
    [
        "<s>", "</s>", "<unk>", "<|im_start|>", "<|im_end|>", "<|begin_of_text|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>", "<bos>", "<eos>",
        "<start_of_turn>", "<end_of_turn>", "<|user|>", "<|assistant|>", "<|system|>", "<|end|>", "<|endoftext|>", "<think>", "</think>",
    ];

    private readonly TemporaryFile _file = new(Document());
    private readonly Tokenizer _tokenizer;

    public ChatTemplateTests() => _tokenizer = Tokenizer.Load(_file.Path);

    public static TheoryData<string, string> Cases
    {
        get
        {
            TheoryData<string, string> cases = [];
            foreach (JsonElement golden in Golden())
            {
                cases.Add(golden.GetProperty("file").GetString()!, golden.GetProperty("conversation").GetString()!);
            }

            return cases;
        }
    }

    public void Dispose() => _file.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public void RendersWhatJinjaRenders(string file, string conversation)
    {
        JsonElement golden = Find(file, conversation);
        if (golden.GetProperty("text").GetString() is not { } text)
        {
            Assert.Contains("no place for a system turn", Assert.Throws<InputException>(() => Encode(golden)).Message);
            return;
        }

        Example example = Encode(golden);
        string ours = _tokenizer.Decode(example.Sequence.InputIds);
        Assert.StartsWith(ours, text, StringComparison.Ordinal);
        Assert.Equal("", text[ours.Length..].Trim()); // what stands before the next turn is not the answer's
        Assert.Equal(golden.GetProperty("prompt").GetString(), _tokenizer.Decode(example.Sequence.InputIds[..example.PromptLength!.Value]));
    }

    [ReferenceTheory]
    [MemberData(nameof(Cases))]
    public void GivesTheIdsOfTheOfficialLibrary(string file, string conversation)
    {
        JsonElement golden = Find(file, conversation);
        if (golden.GetProperty("text").GetString() is not { } text)
        {
            return; // refused, as the test above shows
        }

        using Tokenizers.DotNet.Tokenizer reference = new(_file.Path);
        int[] ours = Encode(golden).Sequence.InputIds;
        Assert.Equal(Array.ConvertAll(reference.Encode(text), id => (int)id)[..ours.Length], ours);
    }

    [Theory]
    [InlineData("{{ '<|im_start|>' + role + '<|im_sep|>' + content + '<|im_end|>' }}")] // Phi-4
    [InlineData("{{ '<|im_start|>assistant\\n<think>\\n' }}{{ '<|im_end|>' }}")] // Qwen 3's, of 2507, that always thinks
    [InlineData("{{ '[SYSTEM_PROMPT]' + system + '[/SYSTEM_PROMPT][INST]' + content + '[/INST]' }}")] // Mistral v7
    [InlineData("{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}")] // Phi-4-mini
    [InlineData("{{ '<|user|>' + message['content'] }}")] // GLM
    [InlineData("{{ bos_token + message['role'] + '\\n' + message['content'] + eos_token }}")]
    [InlineData("{% set system_message = 'You are one.' %}{{ '<|im_start|>system\\n' + system_message + '<|im_end|>\\n' }}")]
    [InlineData("{% elif true == true %}{% set system_message = 'Own.' %}{{ '[INST] <<SYS>>\\n' }}")]
    [InlineData("{{ '<|start_header_id|>system<|end_header_id|>\\n\\nCutting Knowledge Date: December 2023\\nToday Date: ' + strftime_now() + '<|eot_id|>' }}")]
    [InlineData("")]
    public void WhatIsNotKnownIsNotGuessedAt(string program) => Assert.Null(ChatTemplateFamilies.Recognise(program, "<s>", "</s>"));

    [Fact]
    public void AMissingMarkerIsNamedWithTheTemplatesThatFit()
    {
        Tokenizer gpt = Tokenizer.Parse(Encoding.UTF8.GetBytes(ByteVocabulary.Document("null", "null")), "gpt");
        string message = Assert.Throws<InputException>(() => ChatTemplates.RequireMarkers(PromptTemplate.Named("llama3"), gpt, "models/gpt")).Message;
        Assert.Equal(
            "--template llama3 needs the special token <|begin_of_text|>, which the tokenizer of models/gpt does not have; it would be read as letters. Templates that fit this tokenizer: plain, phi, llama2, tofu-llama2, mistral, vicuna.",
            message);
        foreach (string name in PromptTemplate.Names)
        {
            ChatTemplates.RequireMarkers(PromptTemplate.Named(name), _tokenizer, "all");
        }
    }

    private Example Encode(JsonElement golden)
    {
        string eos = golden.GetProperty("eos").GetString()!;
        string program = File.ReadAllText(Path.Combine(Fixtures, golden.GetProperty("file").GetString() + ".jinja"));
        PromptTemplate template = ChatTemplateFamilies.Recognise(program, golden.GetProperty("bos").GetString(), eos)!;
        Assert.Equal(golden.GetProperty("name").GetString(), template.Name);
        ChatTurn[] turns = [.. golden.GetProperty("turns").EnumerateArray().Select(turn => new ChatTurn(Enum.Parse<ChatRole>(turn[0].GetString()!, ignoreCase: true), turn[1].GetString()!))];
        ExampleEncoder encoder = new(_tokenizer, template, 4096, _tokenizer.TokenToId(eos));
        return Assert.Single(encoder.Encode([new DataRow(DataRowKind.Conversation, 1) { Turns = turns }], "rows.jsonl"));
    }

    private static JsonElement Find(string file, string conversation) =>
        Golden().Single(golden => golden.GetProperty("file").ValueEquals(file) && golden.GetProperty("conversation").ValueEquals(conversation));

    private static JsonElement[] Golden() =>
        [.. JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Fixtures, "golden.json"))).RootElement.EnumerateArray()];

    // One id a byte, as in the byte-level tokenizers, and every family's special tokens.
    private static string Document()
    {
        IEnumerable<string> added = Markers.Select((marker, index) =>
            $$"""{"id":{{256 + index}},"content":{{JsonSerializer.Serialize(marker)}},"single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}""");
        return ByteVocabulary.Document("null", """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}""")
            .Replace("\"added_tokens\":[]", $"\"added_tokens\":[{string.Join(',', added)}]", StringComparison.Ordinal);
    }
}
