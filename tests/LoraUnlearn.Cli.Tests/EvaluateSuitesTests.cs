using System.Text.Json;
using System.Text.Json.Nodes;
using LoraUnlearn.Tests.Support;

namespace LoraUnlearn.Cli.Tests;

/// <summary>The suites of evaluate on the demo's model: what they print, write and refuse.</summary>
public sealed class EvaluateSuitesTests : IDisposable
{
    private readonly DemoMaterial _demo = new();

    public EvaluateSuitesTests()
    {
        Directory.CreateDirectory(Tofu);
        WriteTofu("forget10", Rows(_demo.Forget, 6), withParaphrase: true);
        WriteTofu("forget05", Rows(_demo.Forget, 4), withParaphrase: true);
        WriteTofu("retain", Rows(_demo.Retain, 6), withParaphrase: true);
        WriteTofu("real_authors", Rows(_demo.Retain, 4), withParaphrase: false);
        WriteTofu("world_facts", Rows(_demo.Retain, 5), withParaphrase: false);
    }

    private string Tofu => _demo.In("tofu");

    public void Dispose() => _demo.Dispose();

    [Fact]
    public void TofuMakesItsReferenceAndUsesIt()
    {
        string log = _demo.In("reference.json"), output = _demo.In("eval.json"), markdown = _demo.In("eval.md");
        JsonElement made = DemoMaterial.Json(Evaluate("tofu", "--tofu", Tofu, "--save-log", log, "--json"));
        Assert.False(made.TryGetProperty("forget_quality", out _));

        JsonElement document = DemoMaterial.Json(Evaluate(
            "tofu", "--tofu", Tofu, "--reference", log, "--out", output, "--markdown", markdown, "--json", "--adapter", _demo.TrainAdapter(), "--holdout", _demo.Retain));
        Assert.InRange(document.GetProperty("forget_quality").GetDouble(), 0, 1);
        Assert.InRange(document.GetProperty("model_utility").GetDouble(), 0, 1);
        Assert.Equal(9, document.GetProperty("model_utility_parts").EnumerateObject().Count());
        Assert.Equal(6, document.GetProperty("forget").GetProperty("rows").GetInt32());
        Assert.InRange(document.GetProperty("membership").GetProperty("attacks").GetProperty("loss").GetProperty("auc").GetDouble(), 0, 1);
        using JsonDocument file = JsonDocument.Parse(File.ReadAllText(output));
        Assert.Equal(6, file.RootElement.GetProperty("truth_ratios").GetArrayLength());
        Assert.Contains("| model utility | ", File.ReadAllText(markdown), StringComparison.Ordinal);

        // The log alone, without a model, says the same.
        JsonElement judged = DemoMaterial.Json(ToolRun.Of("evaluate", "--suite", "tofu", "--log", log, "--reference", log, "--json"));
        Assert.Equal(1, judged.GetProperty("forget_quality").GetDouble());
        Assert.Equal(made.GetProperty("model_utility").GetDouble(), judged.GetProperty("model_utility").GetDouble(), 1e-9);
    }

    [Fact]
    public void TofuSaysHowToMakeTheReference()
    {
        foreach (string[] reference in new[] { Array.Empty<string>(), ["--reference", _demo.In("none.json")] })
        {
            ToolRun run = Evaluate(["tofu", "--tofu", Tofu, .. reference]);
            Assert.Equal(2, run.ExitCode);
            Assert.Contains("evaluate --suite tofu --model RETAIN_MODEL", run.Error, StringComparison.Ordinal);
            Assert.Contains("--save-log", run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void TofuRefusesTheLogOfAnotherSplit()
    {
        string log = _demo.In("reference.json");
        Assert.Equal(0, Evaluate("tofu", "--tofu", Tofu, "--split", "forget05", "--save-log", log).ExitCode);
        ToolRun run = Evaluate("tofu", "--tofu", Tofu, "--reference", log);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("another split: it has 'forget05', this run 'forget10'", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void TofuRefusesTooFewRowsAndMissingFiles()
    {
        ToolRun few = Evaluate("tofu", "--tofu", Tofu, "--save-log", _demo.In("log.json"), "--max-rows", "1");
        Assert.Equal(2, few.ExitCode);
        Assert.Contains("two or more", few.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_demo.In("log.json")));
        File.Delete(Path.Combine(Tofu, "retain_perturbed.json"));
        Assert.Contains("lacks retain_perturbed.json", Evaluate("tofu", "--tofu", Tofu, "--save-log", _demo.In("log.json")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void MembershipWorksOnAnyTwoFiles()
    {
        string output = _demo.In("eval.json");
        ToolRun run = Evaluate("membership", "--forget", _demo.Forget, "--holdout", _demo.Retain, "--reference-model", DemoMaterial.Model, "--out", output, "--json");
        JsonElement attacks = DemoMaterial.Json(run).GetProperty("attacks");
        Assert.Equal(
            ["loss", "zlib", "reference", "min_k_20", "min_k_plus_plus_20", "gradient_norm", "gradient_norm_mean_of_tensors"],
            attacks.EnumerateObject().Select(attack => attack.Name));
        Assert.Equal(0.5, attacks.GetProperty("reference").GetProperty("auc").GetDouble());
        Assert.All(attacks.EnumerateObject(), attack => Assert.InRange(attack.Value.GetProperty("auc").GetDouble(), attack.Value.GetProperty("auc_low").GetDouble(), attack.Value.GetProperty("auc_high").GetDouble()));
        using JsonDocument file = JsonDocument.Parse(File.ReadAllText(output));
        Assert.Equal(8, file.RootElement.GetProperty("members").GetArrayLength());

        ToolRun one = Evaluate("membership", "--forget", _demo.Forget, "--holdout", _demo.Retain, "--max-rows", "1", "--no-gradients");
        Assert.Equal(2, one.ExitCode);
        Assert.Contains("two or more", one.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void TdecFindsWhatIsMemorised()
    {
        JsonElement document = DemoMaterial.Json(Evaluate("tdec", "--forget", _demo.Forget, "--n-grams", "2,3", "--divisor", "code", "--max-rows", "3", "--json"));
        Assert.Equal("code", document.GetProperty("divisor").GetString());
        Assert.InRange(document.GetProperty("ma").GetDouble(), 0.2, 1);
        Assert.InRange(document.GetProperty("el_2").GetDouble(), 0.05, 1);
        Assert.True(document.GetProperty("el_3").GetDouble() <= document.GetProperty("el_2").GetDouble());
    }

    [Fact]
    public void MuseMeasuresWhatItsFilesAllow()
    {
        JsonElement document = DemoMaterial.Json(Evaluate(
            "muse", "--forget", _demo.Forget, "--forget-qa", _demo.Forget, "--retain-qa", _demo.Retain, "--holdout", _demo.Retain, "--corpus", "news", "--max-rows", "4", "--json"));
        Assert.Equal(1, document.GetProperty("verbatim_memorisation").GetProperty("rouge_l_f1").GetDouble(), 1e-9);
        Assert.Equal(1, document.GetProperty("knowledge_memorisation_forget").GetProperty("rouge_l_f1").GetDouble(), 1e-9);
        Assert.Equal(4, document.GetProperty("knowledge_memorisation_retain").GetProperty("rows").GetInt32());
        double auc = document.GetProperty("membership").GetProperty("attacks").GetProperty("min_k_40").GetProperty("auc").GetDouble();
        Assert.Equal((1 - auc - 0.4772) / 0.4772 * 100, document.GetProperty("privacy_leakage").GetDouble(), 1e-9);

        ToolRun bare = Evaluate("muse", "--forget", _demo.Forget, "--holdout", _demo.Retain);
        Assert.Equal(2, bare.ExitCode);
        Assert.Contains("--retrained-auc", bare.Error, StringComparison.Ordinal);
        string shown = _demo.Write("examples.jsonl", File.ReadLines(_demo.Retain).First() + "\n"); // the demo's model has 256 positions
        JsonElement examples = DemoMaterial.Json(Evaluate("muse", "--forget-qa", _demo.Forget, "--forget-examples", shown, "--max-rows", "1", "--json"));
        Assert.Equal(1, examples.GetProperty("knowledge_memorisation_forget").GetProperty("rows").GetInt32());
        Assert.False(examples.TryGetProperty("privacy_leakage", out _));
    }

    [Fact]
    public void YaoMeasuresThreeSets()
    {
        JsonElement document = DemoMaterial.Json(Evaluate("yao", "--forget", _demo.Forget, "--approximate", _demo.Retain, "--general", _demo.Retain, "--json"));
        Assert.InRange(document.GetProperty("forget").GetProperty("perplexity").GetDouble(), 1, 1.1);
        Assert.Equal(document.GetProperty("approximate").ToString(), document.GetProperty("general").ToString());
        JsonElement attacks = document.GetProperty("membership").GetProperty("attacks");
        Assert.All(new[] { 30, 40, 50, 60, 100 }, percent => Assert.InRange(attacks.GetProperty($"min_k_{percent}").GetProperty("auc").GetDouble(), 0, 1));
        Assert.Equal(attacks.GetProperty("loss").GetProperty("auc").GetDouble(), attacks.GetProperty("min_k_100").GetProperty("auc").GetDouble(), 1e-9);
    }

    [Theory]
    [InlineData("--tofu", "basic", "--tofu does nothing in --suite basic; it belongs to --suite tofu")]
    [InlineData("--corpus", "tdec", "--suite muse")]
    [InlineData("--retain", "membership", "--suite basic")]
    public void OptionsOfAnotherSuiteAreRefused(string option, string suite, string told)
    {
        ToolRun run = Evaluate(suite, "--forget", _demo.Forget, option, "x");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(told, run.Error, StringComparison.Ordinal);
    }

    private static ToolRun Evaluate(string suite, params string[] arguments) => Evaluate([suite, .. arguments]);

    private static ToolRun Evaluate(string[] suiteAndArguments) =>
        ToolRun.Of(["evaluate", "--model", DemoMaterial.Model, "--threads", "1", "--quiet", "--suite", .. suiteAndArguments]);

    private static JsonObject[] Rows(string path, int count) => [.. File.ReadLines(path).Take(count).Select(line => JsonNode.Parse(line)!.AsObject())];

    // The wrong answers of a row are the true ones of the next two.
    private void WriteTofu(string set, JsonObject[] rows, bool withParaphrase)
    {
        string Answer(int row) => rows[row % rows.Length]["answer"]!.GetValue<string>();
        IEnumerable<string> lines = rows.Select((row, index) =>
        {
            JsonObject tofu = new() { ["question"] = row["question"]!.DeepClone(), ["answer"] = Answer(index), ["perturbed_answer"] = new JsonArray(Answer(index + 1), Answer(index + 2)) };
            if (withParaphrase)
            {
                tofu["paraphrased_answer"] = "It is so: " + Answer(index);
            }

            return tofu.ToJsonString();
        });
        File.WriteAllLines(Path.Combine(Tofu, set + "_perturbed.json"), lines);
    }
}
