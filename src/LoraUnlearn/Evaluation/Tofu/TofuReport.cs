using System.Text.Json.Nodes;
using MathNet.Numerics.Statistics;

namespace LoraUnlearn.Evaluation.Tofu;

/// <summary>TOFU's verdict on a model: model utility with its nine parts, and forget quality against a retain-only model.</summary>
public sealed class TofuReport
{
    /// <summary>Sums a log up.</summary>
    /// <param name="log">Of the model that is judged.</param>
    /// <param name="reference">Of the retain-only model; null: forget quality is not measured.</param>
    /// <exception cref="InputException">The reference is of another split, other rows, or another kind of model.</exception>
    public TofuReport(TofuLog log, TofuLog? reference)
    {
        Log = log;
        Reference = reference;
        ForgetQuality = reference is null ? null : TofuReference.ForgetQuality(log, reference);
        if (TofuSet.Utility.All(set => log.Sets.TryGetValue(set, out TofuSetScores? scores) && scores.RougeL is not null))
        {
            Parts =
            [
                .. TofuSet.Utility.SelectMany(set => new (string Name, double Value)[]
                {
                    ($"{set.Name}.probability", log.Sets[set].Probability),
                    ($"{set.Name}.rouge_l_recall", log.Sets[set].RougeL!.Value),
                    ($"{set.Name}.truth_ratio", log.Sets[set].TruthRatio),
                }),
            ];
            ModelUtility = Parts.Select(part => part.Value).HarmonicMean();
        }
    }

    /// <summary>The scores.</summary>
    public TofuLog Log { get; }

    /// <summary>The retain-only model's scores; null without.</summary>
    public TofuLog? Reference { get; }

    /// <summary>The nine numbers of the model utility, each in [0,1]; empty where the log lacks a set or its ROUGE.</summary>
    public IReadOnlyList<(string Name, double Value)> Parts { get; } = [];

    /// <summary>The harmonic mean of <see cref="Parts"/>, 0 where one of them is; null where the log lacks a set or its ROUGE.</summary>
    public double? ModelUtility { get; }

    /// <summary>
    /// The KS test of the truth ratios: its p-value is the forget quality, 1 where the model looks as if it had never met the
    /// rows. Null without a reference.
    /// </summary>
    public KolmogorovSmirnovResult? ForgetQuality { get; }

    /// <summary>Everything by name; what was not measured is left out, so that nothing is null.</summary>
    /// <param name="withRows">Whether the truth ratios of the forget rows are listed, of the reference too.</param>
    public JsonObject ToJson(bool withRows)
    {
        JsonObject json = [];
        if (Log.Settings.Split is { } split)
        {
            json["split"] = split;
        }

        if (ForgetQuality is { } quality)
        {
            json["forget_quality"] = quality.PValue;
            json["log10_forget_quality"] = JsonNumber.Of(Math.Log10(Math.Max(quality.PValue, double.Epsilon)));
            json["ks_statistic"] = quality.Statistic;
        }

        if (ModelUtility is { } utility)
        {
            json["model_utility"] = utility;
            json["model_utility_parts"] = new JsonObject(Parts.Select(part => KeyValuePair.Create(part.Name, (JsonNode?)part.Value)));
        }

        foreach (TofuSet set in TofuSet.All.Reverse().Where(Log.Sets.ContainsKey))
        {
            json[set.Name] = Log.Sets[set].ToJson();
        }

        if (Reference is not null)
        {
            json["reference"] = new JsonObject { ["log"] = Reference.Source, ["forget"] = Reference.Forget.ToJson() };
        }

        if (withRows)
        {
            json["truth_ratios"] = Ratios(Log);
            if (Reference is not null)
            {
                json["reference_truth_ratios"] = Ratios(Reference);
            }
        }

        return json;
    }

    private static JsonArray Ratios(TofuLog log) => new([.. log.Forget.TruthRatios.Select(ratio => JsonNumber.Of(ratio))]);
}
