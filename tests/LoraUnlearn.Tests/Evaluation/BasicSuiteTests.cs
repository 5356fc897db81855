using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Data;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Models;
using LoraUnlearn.Sessions;
using LoraUnlearn.Tests.Models;
using LoraUnlearn.Tests.Support;
using LoraUnlearn.Tokenization;
using LoraUnlearn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Evaluation;

public class BasicSuiteTests
{
    private static readonly BasicRow Sure = new(1, new SequenceScore([0f, 0f], [0, 0]), "yes", 1, 1);
    private static readonly BasicRow Unsure = new(2, new SequenceScore([MathF.Log(0.25f)], [2]), "no", 0, 0.5);
    private static readonly BasicRow Silent = new(4, new SequenceScore([MathF.Log(0.5f)], [0]), null, null, null);

    [Fact]
    public void MeansAreOverRowsAndPerplexityOverTheCorpus()
    {
        BasicMeasures measures = new([Sure, Unsure, Silent]);
        Assert.Equal(4, measures.Tokens);
        Assert.Equal(Math.Log(8) / 4, measures.Nll, 1e-6);
        Assert.Equal(Math.Pow(8, 0.25), measures.Perplexity, 1e-6);
        Assert.Equal((1 + 0.25 + 0.5) / 3, measures.Probability, 1e-6);
        Assert.Equal(2.0 / 3, measures.Accuracy, 1e-12);
        Assert.Equal(2.0 / 3, measures.ExtractionStrength, 1e-12);
        Assert.Equal(0.5, measures.ExactMatch!.Value, 1e-12);
        Assert.Equal(0.75, measures.RougeL!.Value, 1e-12);
    }

    [Fact]
    public void JsonHasTheMeasuresByName()
    {
        BasicMeasures before = new([Sure]);
        BasicMeasures after = new([new BasicRow(1, new SequenceScore([float.NegativeInfinity], [7]), null, null, null)]);
        JsonNode json = JsonNode.Parse(new BasicReport(new BasicComparison(before, after), new BasicComparison(before, null)).ToJson(withRows: true).ToJsonString())!;
        Assert.Equal(1, json["forget"]!["before"]!["probability"]!.GetValue<double>());
        Assert.Equal(1, json["forget"]!["before"]!["rouge_l"]!.GetValue<double>());
        Assert.Equal("yes", json["forget"]!["before"]!["per_row"]![0]!["generated"]!.GetValue<string>());
        Assert.Null(json["forget"]!["after"]!["perplexity"]); // infinite
        Assert.Null(json["forget"]!["after"]!["exact_match"]); // not measured
        Assert.False(json["retain"]!.AsObject().ContainsKey("after"));
        Assert.Equal(
            ["rows", "tokens", "nll", "probability", "perplexity", "accuracy", "extraction_strength", "exact_match", "rouge_l"],
            before.ToJson().Select(member => member.Key));
    }

    [Fact]
    public void BeforeIsTheModelWithTheAdapterOff()
    {
        using Decoder decoder = new TinyModel().Build(ScalarType.Float32);
        Example[] examples = [Tokens(0, [1, 2, 3, 4]), Tokens(1, [5, 6, 7])];
        BasicSuite suite = new(decoder, Refuse, [], new BasicSuiteOptions());
        double alone = suite.Measure(examples).Nll;
        using AdapterSet adapters = BlockwisePassTests.RandomAdapters(decoder, decoder.Maps);
        BasicComparison comparison = suite.Compare(examples, adapters);
        Assert.Equal(alone, comparison.Before.Nll);
        Assert.True(Math.Abs(comparison.After!.Nll - alone) > 1e-3);
        Assert.True(adapters.Enabled);
        Assert.Null(comparison.Before.RougeL);
        Assert.Single(new BasicSuite(decoder, Refuse, [], new BasicSuiteOptions { MaxRows = 1 }).Measure(examples).Rows);
    }

    // The expected numbers are those that the models' own documentation reports for forget01.
    [SharedTheory("models/tofu-llama-full")]
    [InlineData("tofu-llama-full", 0.9991, 0.00092, 1, 1)]
    [InlineData("tofu-llama-retain90", 0.0010, 7.76, 0.1912, 0)]
    public void TofuModelsScoreAsTheirMakerMeasured(string name, double probability, double nll, double rouge, double exact)
    {
        using ModelSession session = ModelSession.Open(Repository.InShared("models/" + name), ComputeSettings.Parse("cpu", "float32"));
        EncodedData data = session.Encode(Repository.InShared("data/tofu/forget01.json"), new EncodingOptions());
        BasicMeasures measures = new BasicSuite(session, new BasicSuiteOptions { MaxNewTokens = 200 }).Measure(data.Examples);
        Assert.Equal(40, measures.Rows.Count);
        Assert.Equal(probability, measures.Probability, 1e-4);
        Assert.Equal(nll, measures.Rows.Average(row => row.Score.Nll / row.Score.Tokens), 0.006 * nll);
        Assert.Equal(rouge, measures.RougeL!.Value, 2e-3);
        Assert.Equal(exact, measures.ExactMatch!.Value);
    }

    // Rows of ids need no tokenizer, so none is asked for.
    private static Tokenizer? Refuse() => throw new InvalidOperationException("The tokenizer was read.");

    private static Example Tokens(int index, int[] ids) =>
        new(index, LabelledSequence.ScoredFrom(ids, 1), null, new DataRow(DataRowKind.Tokens, index + 1) { InputIds = ids }, null);
}
