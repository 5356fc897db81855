using System.Text.Json;
using LoraUnlearn.Tests.Support;
using LoraUnlearn.Tokenization;

namespace LoraUnlearn.Tests.Tokenization;

/// <summary>The tokenizers of published models, against what Hugging Face's library gives.</summary>
public class FixtureTests
{
    private const string Folder = "fixtures/tokenizers";

    [SharedTheory(Folder)]
    [InlineData("gpt2", 147)]
    [InlineData("pythia", 163)]
    [InlineData("phi-3-mini", 205)]
    public void Every_case_encodes_and_decodes_as_the_reference_does(string name, int cases)
    {
        string folder = Repository.InShared($"{Folder}/{name}");
        Tokenizer tokenizer = Tokenizer.Load(folder);
        List<string> differences = [];
        int count = 0;
        foreach (string line in File.ReadLines(Path.Combine(folder, "cases.jsonl")))
        {
            count++;
            JsonElement expected = JsonDocument.Parse(line).RootElement;
            string text = expected.GetProperty("text").GetString()!;
            bool parseSpecial = expected.GetProperty("parse_special").GetBoolean();
            int[] ids = Ids(expected, "ids");
            StreamingDecoder stream = tokenizer.CreateStreamingDecoder(skipSpecialTokens: false);
            string decoded = expected.GetProperty("decoded").GetString()!;
            bool same = tokenizer.Encode(text, addSpecialTokens: false, parseSpecial).SequenceEqual(ids)
                && tokenizer.Encode(text, addSpecialTokens: true, parseSpecial).SequenceEqual(Ids(expected, "ids_with_special"))
                && tokenizer.Decode(ids) == decoded
                && tokenizer.Decode(ids, skipSpecialTokens: true) == expected.GetProperty("decoded_skip_special").GetString()
                && string.Concat(ids.Select(stream.Push)) + stream.Flush() == decoded;
            if (!same)
            {
                differences.Add(line);
            }
        }

        Assert.Empty(differences);
        Assert.Equal(cases, count);
    }

    [SharedTheory("models")]
    [InlineData("tofu-llama-full", 4096)]
    [InlineData("tofu-llama-retain90", 4096)]
    [InlineData("stories260K", 512)]
    public void Every_text_of_the_unlearning_data_survives_the_way_there_and_back(string model, int vocabularySize)
    {
        Tokenizer tokenizer = Tokenizer.Load(Repository.InShared($"models/{model}/tokenizer.json"));
        Assert.Equal(vocabularySize, tokenizer.VocabularySize);
        int texts = 0;
        foreach (string file in new[] { "forget05.json", "real_authors.json", "world_facts.json" })
        {
            foreach (string line in File.ReadLines(Repository.InShared($"data/tofu/{file}")))
            {
                JsonElement row = JsonDocument.Parse(line).RootElement;
                foreach (string key in new[] { "question", "answer" })
                {
                    string text = row.GetProperty(key).GetString()!;
                    Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
                    texts++;
                }
            }
        }

        Assert.True(texts > 600, $"only {texts} texts");
    }

    [SharedFact(Folder)]
    public void Random_text_survives_in_a_byte_level_vocabulary()
    {
        Tokenizer tokenizer = Tokenizer.Load(Repository.InShared($"{Folder}/gpt2"));
        foreach (string text in RandomText.Samples(seed: 17, count: 2000))
        {
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text, parseSpecial: false)));
        }
    }

    private static int[] Ids(JsonElement row, string key) =>
        row.GetProperty(key).EnumerateArray().Select(id => id.GetInt32()).ToArray();
}
