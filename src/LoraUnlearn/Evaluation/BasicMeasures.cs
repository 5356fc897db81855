using System.Text.Json.Nodes;

namespace LoraUnlearn.Evaluation;

/// <summary>The basic measures of one row (METHODS §10).</summary>
/// <param name="Line">The line in the data file, from 1.</param>
/// <param name="Score">The teacher-forced scores.</param>
/// <param name="Generated">The greedy continuation of the row's prompt; null where none was made.</param>
/// <param name="ExactMatch">1 where the continuation is the reference answer, otherwise 0; null without a continuation.</param>
/// <param name="RougeL">ROUGE-L recall of the continuation against the reference answer; null without a continuation.</param>
public sealed record BasicRow(int Line, SequenceScore Score, string? Generated, double? ExactMatch, double? RougeL)
{
    /// <summary>The row's measures by name, with its summed <c>nll</c> and its number of scored <c>tokens</c>.</summary>
    public JsonObject ToJson() => new()
    {
        ["line"] = Line,
        ["nll"] = JsonNumber.Of(Score.Nll),
        ["tokens"] = Score.Tokens,
        ["probability"] = JsonNumber.Of(Score.Probability),
        ["perplexity"] = JsonNumber.Of(1 / Score.Probability),
        ["accuracy"] = JsonNumber.Of(Score.Accuracy),
        ["extraction_strength"] = JsonNumber.Of(Score.ExtractionStrength),
        ["exact_match"] = JsonNumber.Of(ExactMatch),
        ["rouge_l"] = JsonNumber.Of(RougeL),
        ["generated"] = Generated,
    };
}

/// <summary>The basic measures of a data set (METHODS §10): means over the rows, except where it says otherwise.</summary>
public sealed record BasicMeasures
{
    /// <summary>Summarises rows.</summary>
    /// <param name="rows">At least one.</param>
    /// <exception cref="ArgumentException">There are no rows.</exception>
    public BasicMeasures(IReadOnlyList<BasicRow> rows)
    {
        if (rows.Count == 0)
        {
            throw new ArgumentException("There are no rows to summarise.", nameof(rows));
        }

        Rows = rows;
        Tokens = rows.Sum(row => (long)row.Score.Tokens);
        Nll = rows.Sum(row => row.Score.Nll) / Math.Max(1, Tokens);
        Probability = rows.Average(row => row.Score.Probability);
        Accuracy = rows.Average(row => row.Score.Accuracy);
        ExtractionStrength = rows.Average(row => row.Score.ExtractionStrength);
        ExactMatch = rows.Average(row => row.ExactMatch);
        RougeL = rows.Average(row => row.RougeL);
    }

    /// <summary>The rows, in the order of the data.</summary>
    public IReadOnlyList<BasicRow> Rows { get; }

    /// <summary>Scored tokens of all rows.</summary>
    public long Tokens { get; }

    /// <summary>Negative log-likelihood of a scored token, nats: summed over the corpus and divided by its tokens.</summary>
    public double Nll { get; }

    /// <summary>exp(−NLL/|y|), mean over the rows.</summary>
    public double Probability { get; }

    /// <summary>exp of <see cref="Nll"/>: of the whole corpus, not a mean over rows.</summary>
    public double Perplexity => Math.Exp(Nll);

    /// <summary>Share of scored tokens that are the most likely ones, mean over the rows.</summary>
    public double Accuracy { get; }

    /// <summary>Extraction strength, mean over the rows.</summary>
    public double ExtractionStrength { get; }

    /// <summary>Share of continued rows whose greedy continuation is the reference answer; null when none was continued.</summary>
    public double? ExactMatch { get; }

    /// <summary>ROUGE-L recall of the greedy continuation, mean over the continued rows; null when none was continued.</summary>
    public double? RougeL { get; }

    /// <summary>
    /// The measures by name: <c>rows</c>, <c>tokens</c>, <c>nll</c>, <c>probability</c>, <c>perplexity</c>, <c>accuracy</c>,
    /// <c>extraction_strength</c>, <c>exact_match</c>, <c>rouge_l</c>. Null stands for what was not measured or is not finite.
    /// </summary>
    /// <param name="withRows">Whether every row is listed too, as <c>per_row</c>; that includes generated text.</param>
    public JsonObject ToJson(bool withRows = false)
    {
        JsonObject json = new()
        {
            ["rows"] = Rows.Count,
            ["tokens"] = Tokens,
            ["nll"] = JsonNumber.Of(Nll),
            ["probability"] = JsonNumber.Of(Probability),
            ["perplexity"] = JsonNumber.Of(Perplexity),
            ["accuracy"] = JsonNumber.Of(Accuracy),
            ["extraction_strength"] = JsonNumber.Of(ExtractionStrength),
            ["exact_match"] = JsonNumber.Of(ExactMatch),
            ["rouge_l"] = JsonNumber.Of(RougeL),
        };
        if (withRows)
        {
            json["per_row"] = new JsonArray([.. Rows.Select(row => row.ToJson())]);
        }

        return json;
    }
}

/// <summary>The measures of one data set without and with an adapter.</summary>
/// <param name="Before">Of the model with the adapter off, or of a model without one.</param>
/// <param name="After">With the adapter on; null without an adapter.</param>
public sealed record BasicComparison(BasicMeasures Before, BasicMeasures? After)
{
    /// <summary><c>{"before": …, "after": …}</c>; no <c>after</c> without an adapter.</summary>
    /// <param name="withRows">Whether every row is listed too.</param>
    public JsonObject ToJson(bool withRows = false)
    {
        JsonObject json = new() { ["before"] = Before.ToJson(withRows) };
        if (After is not null)
        {
            json["after"] = After.ToJson(withRows);
        }

        return json;
    }
}

/// <summary>What the basic suite found.</summary>
/// <param name="Forget">On the forget set; null without one.</param>
/// <param name="Retain">On the retain set; null without one.</param>
public sealed record BasicReport(BasicComparison? Forget, BasicComparison? Retain)
{
    /// <summary><c>{"forget": {"before": …, "after": …}, "retain": …}</c>; a set that was not given is left out.</summary>
    /// <param name="withRows">Whether every row is listed too.</param>
    public JsonObject ToJson(bool withRows = false)
    {
        JsonObject json = [];
        if (Forget is not null)
        {
            json["forget"] = Forget.ToJson(withRows);
        }

        if (Retain is not null)
        {
            json["retain"] = Retain.ToJson(withRows);
        }

        return json;
    }
}

/// <summary>Numbers for JSON, which has neither NaN nor infinities: those become null.</summary>
internal static class JsonNumber
{
    /// <summary>The number, or null where there is none or it is not finite.</summary>
    public static JsonNode? Of(double? value) =>
        value is { } number && double.IsFinite(number) ? JsonValue.Create(number) : null;
}
