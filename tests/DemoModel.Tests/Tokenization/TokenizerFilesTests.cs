using System.Text;
using System.Text.Json.Nodes;
using LoraUnlearn.DemoModel.People;
using LoraUnlearn.DemoModel.Tokenization;
using LoraUnlearn.Tokenization;

namespace LoraUnlearn.DemoModel.Tests.Tokenization;

public class TokenizerFilesTests
{
    private static readonly DemoData Demo = DemoData.Make(new DemoRecipe());

    private static readonly Dictionary<string, JsonObject> Files =
        TokenizerFiles.Describe(Demo.Vocabulary, maxLength: 256).ToDictionary(file => file.Name, file => file.Content);

    private static readonly Tokenizer Loaded =
        Tokenizer.Parse(Encoding.UTF8.GetBytes(Files["tokenizer.json"].ToJsonString()), "tokenizer.json");

    [Fact]
    public void Every_row_decodes_to_itself() => Assert.All(Texts(), text => Assert.Equal(text, Loaded.Decode(Loaded.Encode(text))));

    [Fact]
    public void Text_outside_the_training_text_decodes_to_itself()
    {
        const string Text = "Zażółć gęślą jaźń — 北京 🙂\t\r\n  x";

        Assert.Equal(Text, Loaded.Decode(Loaded.Encode(Text)));
    }

    [Fact]
    public void The_library_cuts_text_as_the_trainer_did()
    {
        string[] tokens = [.. Demo.Vocabulary.Tokens];

        Assert.All(Texts(), text => Assert.Equal(
            BytePairTrainer.SplitWords(text).SelectMany(ApplyMergesInOrder),
            Loaded.Encode(text).Select(id => tokens[id])));
    }

    [Fact]
    public void The_first_ids_are_the_special_tokens()
    {
        Assert.Equal(1024, Loaded.VocabularySize);
        Assert.Equal([0, 1], Loaded.Encode("<|endoftext|><|pad|>"));
        Assert.Equal("<|endoftext|>", (string?)Files["tokenizer_config.json"]["eos_token"]);
        Assert.Equal("<|pad|>", (string?)Files["special_tokens_map.json"]["pad_token"]);
    }

    [Fact]
    public void Rows_are_short()
    {
        double mean = Texts().Average(text => Loaded.Encode(text).Length);

        Assert.InRange(mean, 15, 45);
    }

    private static IEnumerable<string> Texts() =>
        Demo.Forget.Concat(Demo.Retain).Select((QuestionAnswer row) => $"Question: {row.Question}\nAnswer: {row.Answer}");

    /// <summary>Each merge in turn, over the whole word: slow, and by definition what was learned.</summary>
    private static List<string> ApplyMergesInOrder(string word)
    {
        List<string> tokens = [.. BytePairTrainer.ToByteCharacters(word).Select(c => c.ToString())];
        foreach ((string left, string right) in Demo.Vocabulary.Merges)
        {
            for (int i = 0; i + 1 < tokens.Count; i++)
            {
                if (tokens[i] == left && tokens[i + 1] == right)
                {
                    tokens[i] += right;
                    tokens.RemoveAt(i + 1);
                }
            }
        }

        return tokens;
    }
}
