using System.Text.Json.Nodes;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Data;
using LoraUnlearn.Gguf;
using LoraUnlearn.Tests.Support;
using LoraUnlearn.Tokenization;
using TorchSharp;

namespace LoraUnlearn.LlamaCpp.Tests;

/// <summary>llama.cpp makes the tokens that we make, from what our GGUF says about the tokenizer.</summary>
public class TokenizerTests
{
    private static readonly string[] Texts =
    [
        "Hello world", "Once upon a time, there was a little girl named Lily.", " leading and trailing ", "two  spaces   three", "12345 and 7.5%",
        "It's what they'll've said, isn't it?", "line\nbreak\n\ntwice\t tab", "Ünïcödé – “quotes” … 日本語 и русский", "emoji 🦙🚀 and ﬁ", "CamelCase snake_case kebab-case",
        "Question: Who is Basil Mahfouz Al-Kuwaiti?\nAnswer: An author.", "a", "", "\n",
    ];

    [SharedTheory("fixtures/tokenizers")]
    [InlineData("gpt2", "gpt-2")]
    [InlineData("pythia", "gpt-2")]
    [InlineData("phi-3-mini", "default")]
    public void TokensOfPublishedTokenizers(string name, string preTokenizer)
    {
        string source = Path.Combine(Repository.InShared("fixtures/tokenizers"), name);
        string file = Directory.Exists(source) ? Path.Combine(source, "tokenizer.json") : source;
        int size = Tokenizer.Load(file).VocabularySize;
        using RandomCheckpoint checkpoint = new(
            $$"""{"model_type":"llama","vocab_size":{{size}},"hidden_size":8,"intermediate_size":8,"num_hidden_layers":1,"num_attention_heads":2,"eos_token_id":0}""");
        File.Copy(file, checkpoint.In("tokenizer.json"));
        using ModelFolder model = ModelFolder.Open(checkpoint.Folder);
        GgufModel.Write(checkpoint.In("model.gguf"), model, [], torch.ScalarType.Float16);

        using LlamaCppModel theirs = new(checkpoint.In("model.gguf"));
        Assert.Equal(preTokenizer, theirs.Metadata["tokenizer.ggml.pre"]);
        SameTokens(Tokenizer.Load(file), theirs);
    }

    // GPT-2's tokens, cut as other families cut text: each of llama.cpp's names against the expression that it stands for.
    [SharedTheory("fixtures/tokenizers/gpt2")]
    [InlineData("llama-bpe", true, @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")]
    [InlineData("smaug-bpe", false, @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")]
    [InlineData("qwen2", false, @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")]
    [InlineData("tekken", true, @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")]
    [InlineData("gpt-4o", false, @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")]
    [InlineData("smollm", false, null)]
    public void CutsOfOtherFamilies(string preTokenizer, bool ignoresMerges, string? expression)
    {
        JsonNode json = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.InShared("fixtures/tokenizers/gpt2"), "tokenizer.json")))!;
        JsonObject cut = expression is null
            ? new() { ["type"] = "Digits", ["individual_digits"] = true }
            : new() { ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = expression }, ["behavior"] = "Isolated", ["invert"] = false };
        JsonObject bytes = new() { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = expression is null };
        json["pre_tokenizer"] = new JsonObject { ["type"] = "Sequence", ["pretokenizers"] = new JsonArray(cut, bytes) };
        json["model"]!["ignore_merges"] = ignoresMerges;
        using RandomCheckpoint checkpoint = new(
            """{"model_type":"llama","vocab_size":50257,"hidden_size":8,"intermediate_size":8,"num_hidden_layers":1,"num_attention_heads":2,"eos_token_id":50256}""");
        File.WriteAllText(checkpoint.In("tokenizer.json"), json.ToJsonString());
        using ModelFolder model = ModelFolder.Open(checkpoint.Folder);
        Assert.Empty(GgufModel.Write(checkpoint.In("model.gguf"), model, [], torch.ScalarType.Float16));

        using LlamaCppModel theirs = new(checkpoint.In("model.gguf"));
        Assert.Equal(preTokenizer, theirs.Metadata["tokenizer.ggml.pre"]);
        SameTokens(Tokenizer.Load(checkpoint.In("tokenizer.json")), theirs);
    }

    [SharedFact("fixtures/tokenizers/gpt2")]
    public void CutsThatLlamaCppDoesNotKnowAreRefused()
    {
        using RandomCheckpoint checkpoint = new("""{"model_type":"llama","vocab_size":50257,"hidden_size":8,"intermediate_size":8,"num_hidden_layers":1,"num_attention_heads":2}""");
        string text = File.ReadAllText(Path.Combine(Repository.InShared("fixtures/tokenizers/gpt2"), "tokenizer.json"));
        JsonNode json = JsonNode.Parse(text)!;
        json["pre_tokenizer"]!["add_prefix_space"] = true;
        File.WriteAllText(checkpoint.In("tokenizer.json"), json.ToJsonString());
        using ModelFolder model = ModelFolder.Open(checkpoint.Folder);
        InputException error = Assert.Throws<InputException>(() => GgufModel.Write(checkpoint.In("model.gguf"), model, [], torch.ScalarType.Float16));
        Assert.Contains("llama.cpp has no tokenizer that cuts text as this one's pre_tokenizer and normalizer do", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(checkpoint.In("model.gguf")));
    }

    [SharedTheory("models/stories260K")]
    [InlineData("stories260K")]
    [InlineData("tofu-llama-full")]
    public void TokensAndLogitsOfWholeModels(string name)
    {
        string folder = Repository.InShared(Path.Combine("models", name));
        DirectoryInfo place = Directory.CreateTempSubdirectory("lora-unlearn-gguf-");
        try
        {
            string path = Path.Combine(place.FullName, "model.gguf");
            using ModelFolder model = ModelFolder.Open(folder);
            Assert.Empty(GgufModel.Write(path, model, [], torch.ScalarType.Float32));
            Tokenizer tokenizer = Tokenizer.Load(folder);
            using LlamaCppModel theirs = new(path);
            SameTokens(tokenizer, theirs);
            SpecialTokens special = SpecialTokens.Read(folder, model.Config, tokenizer);
            Assert.Equal(special.Eos, (int)theirs.Vocabulary.EOS!.Value);
            Assert.Equal(special.Bos, (int)theirs.Vocabulary.BOS!.Value);
            Assert.Equal(name == "stories260K", theirs.Vocabulary.ShouldAddBOS);
        }
        finally
        {
            place.Delete(recursive: true);
        }
    }

    private static void SameTokens(Tokenizer ours, LlamaCppModel theirs)
    {
        foreach (string text in Texts)
        {
            Assert.Equal((text, string.Join(' ', ours.Encode(text))), (text, string.Join(' ', theirs.Tokenize(text, addSpecial: false, parseSpecial: true))));
            Assert.Equal((text, string.Join(' ', ours.Encode(text, addSpecialTokens: true))), (text, string.Join(' ', theirs.Tokenize(text, addSpecial: true, parseSpecial: true))));
        }

        for (int id = 0; id < ours.VocabularySize; id++)
        {
            if (ours.IdToToken(id) is { } token && ours.IsSpecial(id))
            {
                Assert.Equal((token, $"{id}"), (token, string.Join(' ', theirs.Tokenize(token, addSpecial: false, parseSpecial: true))));
            }
        }
    }
}
