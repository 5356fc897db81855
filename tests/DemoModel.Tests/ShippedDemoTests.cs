using System.Text.Json.Nodes;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Data;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Models;
using LoraUnlearn.Tests.Support;
using LoraUnlearn.Tokenization;
using TorchSharp;

namespace LoraUnlearn.DemoModel.Tests;

/// <summary>The files that the command line ships are those that this tool makes, and hold what they say.</summary>
public class ShippedDemoTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "src", "LoraUnlearn.Cli", "Demo");

    [Fact]
    public void Rows_and_tokenizer_are_those_of_the_recipe()
    {
        DemoData data = DemoData.Make(new DemoRecipe());
        Tokenizer tokenizer = Tokenizer.Load(Path.Combine(Folder, "tokenizer.json"));

        Assert.Equal(data.Forget.Select(row => (row.Question, row.Answer)), Rows("forget.jsonl"));
        Assert.Equal(data.Retain.Select(row => (row.Question, row.Answer)), Rows("retain.jsonl"));
        Assert.Equal(data.Paraphrased.Select(row => (row.Question, row.Answer)), Rows("paraphrased.jsonl"));
        Assert.Empty(data.Paraphrased.Select(row => row.Question).Intersect(data.Forget.Select(row => row.Question)));
        Assert.All(data.Paraphrased, row => Assert.True(FactRecall.Holds(row.Answer, row.Facts), row.Answer));
        Assert.Equal(data.Vocabulary.Tokens, Enumerable.Range(0, tokenizer.VocabularySize).Select(tokenizer.IdToToken));
    }

    [Fact]
    public void The_folder_is_small_enough_to_ship() =>
        Assert.InRange(Directory.EnumerateFiles(Folder).Sum(file => new FileInfo(file).Length), 1, 6_000_000);

    [Theory]
    [InlineData("forget")]
    [InlineData("retain")]
    public void The_model_knows_its_rows_as_well_as_stated(string set)
    {
        using ModelFolder folder = ModelFolder.Open(Folder);
        using Decoder decoder = Decoder.Load(folder, torch.CPU, torch.ScalarType.Float32);
        ExampleEncoder encoder = new(Tokenizer.Load(folder.TokenizerPath!), PromptTemplate.Named("plain"), 256, eosId: 0);
        string file = Path.Combine(Folder, set + ".jsonl");

        IReadOnlyList<Example> examples = encoder.Encode(DataRows.Read(file), file);
        IReadOnlyList<SequenceScore> scores = Likelihood.Score(decoder, [.. examples.Select(example => example.Sequence)]);

        double stated = (double)Stated("base", set)["probability"]!;
        Assert.Equal(stated, scores.Average(score => score.Probability), 1e-3);
        Assert.InRange(stated, 0.95, 1);
        Assert.Equal(1, (double)Stated("base", set)["exact_match"]!);
        Assert.Equal(1, scores.Average(score => score.ExtractionStrength), 1e-6);
    }

    [Fact]
    public void The_gold_standard_does_not_know_the_people_to_be_forgotten()
    {
        Assert.InRange((double)Stated("gold", "forget")["probability"]!, 0, 0.3);
        Assert.Equal(0, (double)Stated("gold", "forget")["exact_match"]!);
        Assert.InRange((double)Stated("gold", "retain")["probability"]!, 0.95, 1);
    }

    [Fact]
    public void Every_measure_that_the_demo_shows_is_stated() =>
        Assert.All(
            from model in new[] { "base", "gold" }
            from set in new[] { "forget", "retain" }
            from measure in new[] { "probability", "rouge_l", "extraction_strength" }
            select (double)Stated(model, set)[measure]!,
            value => Assert.InRange(value, 0, 1));

    private static IEnumerable<(string Question, string Answer)> Rows(string file) =>
        DataRows.Read(Path.Combine(Folder, file)).Select(row => (row.Question!, row.Answer!));

    private static JsonObject Stated(string model, string set) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, "gold.json")))![model]![set]!.AsObject();
}
