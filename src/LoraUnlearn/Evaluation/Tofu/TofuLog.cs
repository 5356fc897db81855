using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Evaluation.Tofu;

/// <summary>
/// The scores of TOFU's sets in the layout of the original tool's <c>eval_log_aggregated.json</c>: a set's file name, a
/// measure, the row's index, the number. Written logs can be read by that tool, and its logs here.
/// </summary>
/// <param name="Settings">How it was made.</param>
/// <param name="Sets">The scores by set.</param>
/// <param name="Source">The file, or what stands for it in messages.</param>
public sealed record TofuLog(TofuSettings Settings, IReadOnlyDictionary<TofuSet, TofuSetScores> Sets, string Source)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The forget set, which every log has.</summary>
    public TofuSetScores Forget => Sets[TofuSet.Forget];

    /// <summary>Writes the log.</summary>
    /// <param name="path">The file; replaced as a whole.</param>
    /// <exception cref="InputException">It cannot be written.</exception>
    public void Write(string path)
    {
        JsonObject root = [];
        foreach (TofuSet set in TofuSet.All.Where(Sets.ContainsKey))
        {
            JsonObject measures = Measures(Sets[set]);
            if (set == TofuSet.Forget)
            {
                measures[TofuSettings.Key] = Settings.ToJson();
            }

            root[set.LogKey] = measures;
        }

        AtomicFile.WriteAllText(path, root.ToJsonString(Indented) + "\n");
    }

    /// <summary>Reads a log, this tool's or the original's.</summary>
    /// <param name="path"><c>eval_log_aggregated.json</c>, or <c>eval_log_forget.json</c> alone where only a reference is needed.</param>
    /// <exception cref="InputException">It is missing, is no such log, or its measures are of different rows.</exception>
    public static TofuLog Read(string path)
    {
        JsonElement root = BoundedJson.ReadObject(path);
        Dictionary<TofuSet, TofuSetScores> sets = [];
        if (root.TryGetProperty(TofuLogReader.ParaphrasedLoss, out _))
        {
            sets[TofuSet.Forget] = TofuLogReader.Read(root, TofuSet.Forget, path);
            return new TofuLog(TofuSettings.Of(root), sets, path);
        }

        foreach (TofuSet set in TofuSet.All)
        {
            if (root.TryGetProperty(set.LogKey, out JsonElement measures))
            {
                sets[set] = TofuLogReader.Read(measures, set, path);
            }
        }

        return sets.ContainsKey(TofuSet.Forget)
            ? new TofuLog(TofuSettings.Of(root.GetProperty(TofuSet.Forget.LogKey)), sets, path)
            : throw new InputException($"{path}: there is no '{TofuSet.Forget.LogKey}'; expected a log as evaluate --suite tofu --save-log writes it, or TOFU's eval_log_aggregated.json.");
    }

    private static JsonObject Measures(TofuSetScores scores)
    {
        JsonObject Each(Func<TofuRowScore, JsonNode?> measure) => new([.. scores.Rows.Select(row => KeyValuePair.Create(row.Index, measure(row)))]);
        JsonObject json = new()
        {
            ["avg_gt_loss"] = Each(row => row.AnswerLoss),
            ["gt_loss"] = Each(row => row.AnswerLoss * row.AnswerTokens),
            ["num_token_gt"] = Each(row => row.AnswerTokens),
            ["generated_text"] = Each(row => row.Text is { } text ? new JsonArray(text.Prompt, text.Generated, text.Truth) : null),
            ["rouge1_recall"] = Each(row => row.Rouge1Recall),
            ["rougeL_recall"] = Each(row => row.RougeLRecall),
            ["average_perturb_loss"] = Each(row => Array(row.PerturbedLosses)),
            ["avg_paraphrased_loss"] = Each(row => row.ParaphrasedLoss),
            ["truth_ratio"] = Each(row => Math.Exp(-row.LogTruthRatio)), // the original's is perturbed over paraphrased, 1/R
            ["paraphrased_loss"] = Each(row => row.ParaphrasedLoss * row.ParaphrasedTokens),
            ["perturb_loss"] = Each(row => Array(row.PerturbedLosses.Zip(row.PerturbedTokens, (loss, tokens) => loss * tokens))),
            ["num_token_paraphrased"] = Each(row => row.ParaphrasedTokens),
            ["num_token_perturb"] = Each(row => new JsonArray([.. row.PerturbedTokens.Select(tokens => (JsonNode?)tokens)])),
            ["extraction_strength"] = Each(row => row.ExtractionStrength),
            ["exact_memorisation"] = Each(row => row.ExactMemorisation),
        };
        if (scores.Set.HasOptions)
        {
            json["normalized_gt_loss"] = Each(row => -Math.Log(row.ProbabilityAmongOptions));
        }

        return json;
    }

    private static JsonArray Array(IEnumerable<double> values) => new([.. values.Select(value => (JsonNode?)value)]);
}
