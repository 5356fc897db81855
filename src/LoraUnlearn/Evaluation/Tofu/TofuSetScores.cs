using System.Text.Json.Nodes;
using MathNet.Numerics.Statistics;

namespace LoraUnlearn.Evaluation.Tofu;

/// <summary>The scores of one set, and TOFU's numbers of it (METHODS §10).</summary>
public sealed class TofuSetScores
{
    /// <summary>Collects rows.</summary>
    /// <param name="set">Which set.</param>
    /// <param name="rows">Its rows; at least two.</param>
    /// <param name="source">Where they come from, for messages.</param>
    /// <exception cref="InputException">Fewer than two rows.</exception>
    /// <exception cref="WorkFailedException">A loss is not a finite number.</exception>
    public TofuSetScores(TofuSet set, IReadOnlyList<TofuRowScore> rows, string source)
    {
        if (rows.Count < 2)
        {
            throw new InputException($"{source}: the {set.Name} set has {rows.Count} row(s); its statistics need two or more.");
        }

        foreach (TofuRowScore row in rows)
        {
            if (!double.IsFinite(row.AnswerLoss) || !double.IsFinite(row.ParaphrasedLoss) || !row.PerturbedLosses.All(double.IsFinite))
            {
                throw new WorkFailedException($"{source}: row {row.Index} of the {set.Name} set has a loss that is not a finite number, so it has no truth ratio. The model has probably diverged: lower the learning rate, or compute in float32.");
            }
        }

        Set = set;
        Rows = rows;
    }

    /// <summary>Which set.</summary>
    public TofuSet Set { get; }

    /// <summary>The rows, in the order of the file.</summary>
    public IReadOnlyList<TofuRowScore> Rows { get; }

    /// <summary>The mean probability of the true answer; among the options where the set has them.</summary>
    public double Probability => Rows.Average(row => Set.HasOptions ? row.ProbabilityAmongOptions : row.Probability);

    /// <summary>Mean ROUGE-L recall of the greedy answers; null where the log of a row lacks it.</summary>
    public double? RougeL => MeanOrNull(row => row.RougeLRecall);

    /// <summary>
    /// The truth-ratio score, mean over rows: min(R, 1/R) of the forget set, where 1 means that truth and falsehood are alike;
    /// max(0, 1 − 1/R) elsewhere, where 1 means that only the truth is known.
    /// </summary>
    public double TruthRatio => Rows.Average(row => Set == TofuSet.Forget
        ? Math.Exp(-Math.Abs(row.LogTruthRatio))
        : Math.Max(0, 1 - Math.Exp(-row.LogTruthRatio)));

    /// <summary>Median of R.</summary>
    public double MedianTruthRatio => TruthRatios.Median();

    /// <summary>R of each row.</summary>
    public double[] TruthRatios => [.. Rows.Select(row => row.TruthRatio)];

    /// <summary>Mean extraction strength; null in logs of the original tool.</summary>
    public double? ExtractionStrength => MeanOrNull(row => row.ExtractionStrength);

    /// <summary>Mean exact memorisation; null in logs of the original tool.</summary>
    public double? ExactMemorisation => MeanOrNull(row => row.ExactMemorisation);

    /// <summary>The numbers by name; what the source does not hold is left out.</summary>
    public JsonObject ToJson()
    {
        JsonObject json = new()
        {
            ["rows"] = Rows.Count,
            ["probability"] = Probability,
            ["truth_ratio"] = TruthRatio,
            ["truth_ratio_median"] = JsonNumber.Of(MedianTruthRatio),
        };
        foreach ((string name, double? value) in new[] { ("rouge_l_recall", RougeL), ("extraction_strength", ExtractionStrength), ("exact_memorisation", ExactMemorisation) })
        {
            if (value is { } number)
            {
                json[name] = number;
            }
        }

        return json;
    }

    // Over all rows or not at all: a mean over those that happen to have a number would be of other rows than the rest.
    private double? MeanOrNull(Func<TofuRowScore, double?> measure) =>
        Rows.All(row => measure(row) is not null) ? Rows.Average(row => measure(row)!.Value) : null;
}
