using System.Text.Json.Nodes;
using LoraUnlearn.Evaluation.Tofu;
using LoraUnlearn.Tests.Checkpoints;

namespace LoraUnlearn.Tests.Evaluation.Tofu;

/// <summary>
/// Logs in the original tool's layout. The expected numbers are those of its aggregation formulas in numpy 1.24 and scipy 1.10
/// (hmean, ks_2samp) on the logs below, whose numbers are random.
/// </summary>
public sealed class TofuLogTests : IDisposable
{
    // The rows of the paraphrases are in the opposite order: measures are joined by row, not by order.
    private const string Unlearned = """
{"eval_log.json": {"avg_gt_loss": {"0": 2.417, "1": 2.426, "2": 1.551, "3": 0.865},
  "avg_paraphrased_loss": {"3": 0.327, "2": 1.344, "1": 1.273, "0": 0.351},
  "average_perturb_loss": {"0": [0.671, 3.997, 2.783, 1.321, 2.022], "1": [3.91, 3.642, 3.455, 1.873, 2.226], "2": [2.868, 0.713, 2.445, 1.45, 3.579], "3": [0.725, 2.877, 3.545, 1.296, 3.634]},
  "rougeL_recall": {"0": 0.885, "1": 0.117, "2": 0.737, "3": 0.101}},
 "eval_real_author_wo_options.json": {"avg_gt_loss": {"0": 1.515, "1": 1.316, "2": 0.618},
  "avg_paraphrased_loss": {"2": 1.086, "1": 2.457, "0": 1.11},
  "average_perturb_loss": {"0": [1.022, 2.945, 2.07], "1": [3.296, 1.324, 1.619], "2": [3.3, 2.275, 2.272]},
  "rougeL_recall": {"0": 0.313, "1": 0.113, "2": 0.94}},
 "eval_real_world_wo_options.json": {"avg_gt_loss": {"0": 0.267, "1": 2.536, "2": 1.11},
  "avg_paraphrased_loss": {"2": 2.822, "1": 1.318, "0": 2.863},
  "average_perturb_loss": {"0": [2.447, 1.34, 3.095], "1": [2.86, 2.895, 2.123], "2": [1.277, 2.743, 0.875]},
  "rougeL_recall": {"0": 0.723, "1": 0.672, "2": 0.439}},
 "eval_log_forget.json": {"avg_gt_loss": {"0": 2.398, "1": 0.59, "2": 1.177, "3": 2.396, "4": 1.148, "5": 2.143},
  "avg_paraphrased_loss": {"5": 0.628, "4": 2.465, "3": 2.226, "2": 2.977, "1": 2.835, "0": 1.915},
  "average_perturb_loss": {"0": [2.995, 3.467, 1.904, 2.436, 2.178], "1": [3.855, 1.61, 1.907, 0.503, 1.971], "2": [2.71, 3.772, 3.733, 1.646, 3.961], "3": [1.157, 3.381, 1.05, 1.918, 0.757], "4": [3.503, 3.401, 0.989, 2.345, 1.403], "5": [2.221, 2.436, 0.872, 3.525, 1.475]},
  "rougeL_recall": {"0": 0.502, "1": 0.152, "2": 0.102, "3": 0.276, "4": 0.408, "5": 0.935}}}
""";

    private const string Retained = """
{"eval_log_forget.json": {"avg_gt_loss": {"0": 1.0, "1": 1.0, "2": 1.0, "3": 1.0, "4": 1.0, "5": 1.0},
  "avg_paraphrased_loss": {"0": 2.691, "1": 1.545, "2": 1.473, "3": 2.068, "4": 2.605, "5": 1.144},
  "average_perturb_loss": {"0": [3.278, 1.896, 2.579, 3.081, 2.255], "1": [2.918, 2.941, 0.52, 0.637, 1.022], "2": [1.248, 1.211, 0.671, 1.26, 2.603], "3": [3.601, 1.723, 1.782, 1.959, 2.881], "4": [3.248, 3.793, 1.815, 2.974, 1.696], "5": [3.384, 1.307, 3.549, 2.268, 3.039]}}}
""";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void UtilityAndForgetQualityAreTheOriginalTools()
    {
        TofuReport report = new(Read(Unlearned), Read(Retained));
        Near([0.20266646314392783, 0.46, 0.7794507312071202], report, TofuSet.Retain);
        Near([0.44261669358944805, 0.4553333333333333, 0.459256679661093], report, TofuSet.RealAuthors);
        Near([0.40571162355067814, 0.6113333333333334, 0.2432132545008303], report, TofuSet.WorldFacts);
        Near([0.24651390838024956, 0.3958333333333333, 0.5699711828946237], report, TofuSet.Forget);
        Assert.Equal(1.039127135022446, report.Log.Forget.MedianTruthRatio, 1e-9);
        Assert.Equal(0.38732682071148944, report.ModelUtility!.Value, 1e-12);
        Assert.Equal(9, report.Parts.Count);
        Assert.Equal(0.5, report.ForgetQuality!.Value.Statistic, 1e-12);
        Assert.Equal(0.474025974025974, report.ForgetQuality.Value.PValue, 1e-12);
    }

    [Fact]
    public void AModelIsIndistinguishableFromItself()
    {
        TofuLog log = Read(Retained);
        Assert.Equal(1, new TofuReport(log, log).ForgetQuality!.Value.PValue);
    }

    [Fact]
    public void OneUselessPartMakesTheUtilityZero()
    {
        TofuLog log = Read(Change(Unlearned, root => root["eval_log.json"]!["rougeL_recall"] = Rows(4, _ => 0)));
        Assert.Equal(0, new TofuReport(log, null).ModelUtility);
    }

    [Fact]
    public void NothingIsNullThatWasNotMeasured()
    {
        JsonObject json = new TofuReport(Read(Retained), null).ToJson(withRows: true);
        Assert.False(json.ContainsKey("forget_quality"));
        Assert.False(json.ContainsKey("model_utility"));
        Assert.All(json["forget"]!.AsObject(), entry => Assert.NotNull(entry.Value));
        Assert.DoesNotContain("null", json.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public void AWrittenLogReadsBack()
    {
        TofuRowScore[] rows =
        [
            .. Enumerable.Range(0, 3).Select(index => new TofuRowScore($"{index}", 0.1 + index, 0.2 + index, [1.5, 2.5 - index])
            {
                AnswerTokens = 4 + index,
                ParaphrasedTokens = 5,
                PerturbedTokens = [6, 7],
                Text = new TofuAnswer("Who?", "Nobody \u201cat\u201d all", "Somebody"),
                Rouge1Recall = 0.5,
                RougeLRecall = 0.25,
                ExtractionStrength = 0.75,
                ExactMemorisation = 0.125,
            }),
        ];
        TofuSettings settings = new() { Split = "forget10", Model = "retain90", Architecture = "llama", Tokenizer = "ab", Template = "plain" };
        string path = Path.Combine(_folder.Path, "log.json");
        new TofuLog(settings, TofuSet.All.ToDictionary(set => set, set => new TofuSetScores(set, rows, "rows")), "run").Write(path);

        TofuLog back = TofuLog.Read(path);
        Assert.Equal(settings, back.Settings);
        Assert.Equal(4, back.Sets.Count);
        Assert.Equal(rows.Select(row => (row.Index, row.AnswerLoss, row.ParaphrasedLoss, row.AnswerTokens, row.Text)), back.Forget.Rows.Select(row => (row.Index, row.AnswerLoss, row.ParaphrasedLoss, row.AnswerTokens, row.Text)));
        Assert.Equal(rows[2].PerturbedLosses, back.Forget.Rows[2].PerturbedLosses);
        Assert.Equal(0.75, back.Forget.ExtractionStrength!.Value, 1e-12);

        // As the original tool has them: 1/R, and sums beside means.
        JsonNode forget = JsonNode.Parse(File.ReadAllText(path))!["eval_log_forget.json"]!;
        Assert.Equal(1 / rows[0].TruthRatio, forget["truth_ratio"]!["0"]!.GetValue<double>(), 1e-12);
        Assert.Equal(0.1 * 4, forget["gt_loss"]!["0"]!.GetValue<double>(), 1e-12);
        Assert.Equal(2.5 * 7, forget["perturb_loss"]!["0"]![1]!.GetValue<double>(), 1e-12);
    }

    [Theory]
    [InlineData("split", "forget05", "forget05")]
    [InlineData("architecture", "llama, 2 layers", "2 layers")]
    [InlineData("tokenizer_sha256", "cd", "another tokenizer")]
    [InlineData("template", "llama2", "llama2")]
    public void AReferenceMadeOtherwiseIsRefused(string key, string value, string told)
    {
        JsonObject Settings() => new() { ["split"] = "forget10", ["architecture"] = "llama, 6 layers", ["tokenizer_sha256"] = "ab", ["template"] = "plain" };
        TofuLog run = Read(Change(Unlearned, root => root["eval_log_forget.json"]!["lora_unlearn"] = Settings()));
        TofuLog same = Read(Change(Retained, root => root["eval_log_forget.json"]!["lora_unlearn"] = Settings()));
        JsonObject changed = Settings();
        changed[key] = value;
        TofuLog other = Read(Change(Retained, root => root["eval_log_forget.json"]!["lora_unlearn"] = changed));

        TofuReference.Check(run, same);
        Assert.Contains(told, Assert.Throws<InputException>(() => new TofuReport(run, other)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AReferenceOfOtherRowsIsRefused()
    {
        TofuLog run = Read(Unlearned);
        TofuLog shorter = Read(Change(Retained, root => Remove(root, "5")));
        TofuLog shifted = Read(Change(Retained, root => Rename(root, "5", "6")));
        Assert.Contains("--max-rows 5", Assert.Throws<InputException>(() => new TofuReport(run, shorter)).Message, StringComparison.Ordinal);
        Assert.Contains("no row 5", Assert.Throws<InputException>(() => new TofuReport(run, shifted)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AReferenceOfOtherQuestionsOrAnotherTokenizerIsRefused()
    {
        TofuLog With(string log, string truth, int tokens) => Read(Change(log, root =>
        {
            root["eval_log_forget.json"]!["generated_text"] = Rows(6, row => new JsonArray("Question", "", $"{truth} {row}"));
            root["eval_log_forget.json"]!["num_token_gt"] = Rows(6, row => tokens + row);
        }));
        TofuLog run = With(Unlearned, "Born in Taipei,", 12);
        TofuReference.Check(run, With(Retained, "Born  in Taipei ,", 13));
        Assert.Contains("other questions", Assert.Throws<InputException>(() => TofuReference.Check(run, With(Retained, "Born in Karachi", 12))).Message, StringComparison.Ordinal);
        Assert.Contains("tokenizer", Assert.Throws<InputException>(() => TofuReference.Check(run, With(Retained, "Born in Taipei,", 18))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DamagedLogsAreRefusedByName()
    {
        Assert.Contains("'2' is in only one", Message(Change(Unlearned, root => root["eval_log_forget.json"]!["average_perturb_loss"]!.AsObject().Remove("2"))), StringComparison.Ordinal);
        Assert.Contains("avg_gt_loss", Message(Change(Unlearned, root => root["eval_log.json"]!.AsObject().Remove("avg_gt_loss"))), StringComparison.Ordinal);
        Assert.Contains("expected a number", Message(Change(Unlearned, root => root["eval_log.json"]!["avg_gt_loss"]!["0"] = "x")), StringComparison.Ordinal);
        Assert.Contains("list is empty", Message(Change(Unlearned, root => root["eval_log.json"]!["average_perturb_loss"]!["0"] = new JsonArray())), StringComparison.Ordinal);
        Assert.Contains("eval_log_forget.json", Message("{}"), StringComparison.Ordinal);
        Assert.Contains("two or more", Message(Change(Retained, root => Remove(root, "1", "2", "3", "4", "5"))), StringComparison.Ordinal);
        Assert.Contains("save-log", Assert.Throws<InputException>(() => TofuReference.Read(Path.Combine(_folder.Path, "none.json"), "tool --save-log none.json")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ALossThatIsNotFiniteIsNoNumber() => Assert.Throws<WorkFailedException>(() =>
        new TofuSetScores(TofuSet.Forget, [new TofuRowScore("0", 1, 1, [1]), new TofuRowScore("1", double.NaN, 1, [1])], "run"));

    [Fact]
    public void ProbabilitiesAmongOptionsSurviveUnderflow()
    {
        TofuRowScore row = new("0", 800, 800, [801, 802]); // exp(-800) is 0 in float64
        Assert.Equal(1 / (1 + Math.Exp(-1) + Math.Exp(-2)), row.ProbabilityAmongOptions, 1e-12);
    }

    private string Message(string log) => Assert.Throws<InputException>(() => Read(log)).Message;

    private TofuLog Read(string log)
    {
        string path = Path.Combine(_folder.Path, "read.json");
        File.WriteAllText(path, log);
        return TofuLog.Read(path);
    }

    private static void Near(double[] expected, TofuReport report, TofuSet set)
    {
        TofuSetScores scores = report.Log.Sets[set];
        double[] found = [scores.Probability, scores.RougeL!.Value, scores.TruthRatio];
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
    }

    private static string Change(string log, Action<JsonNode> change)
    {
        JsonNode root = JsonNode.Parse(log)!;
        change(root);
        return root.ToJsonString();
    }

    private static JsonObject Rows(int count, Func<int, JsonNode?> value) =>
        new(Enumerable.Range(0, count).Select(row => KeyValuePair.Create($"{row}", value(row))));

    private static void Remove(JsonNode root, params string[] rows)
    {
        foreach ((string _, JsonNode? measure) in root["eval_log_forget.json"]!.AsObject())
        {
            Array.ForEach(rows, row => measure!.AsObject().Remove(row));
        }
    }

    private static void Rename(JsonNode root, string row, string name)
    {
        foreach ((string _, JsonNode? measure) in root["eval_log_forget.json"]!.AsObject())
        {
            JsonNode value = measure![row]!.DeepClone();
            measure.AsObject().Remove(row);
            measure[name] = value;
        }
    }
}
