using System.Text.Json;

namespace LoraUnlearn.Reporting;

/// <summary>The basic measures (METHODS §10) of the forget and the retain set, before and after an adapter.</summary>
/// <param name="files">Of the suite basic; at least one.</param>
public sealed class BasicSection(IReadOnlyList<EvaluationFile> files) : IReportSection
{
    private const int MostRows = 1_000_000;

    private static readonly (string Set, string When)[] Columns = [("forget", "before"), ("forget", "after"), ("retain", "before"), ("retain", "after")];

    private static readonly (string Name, string Key)[] Measures =
    [
        ("probability", "probability"), ("perplexity", "perplexity"), ("accuracy", "accuracy"), ("exact match", "exact_match"),
        ("extraction strength", "extraction_strength"), ("ROUGE-L recall", "rouge_l"),
    ];

    /// <inheritdoc/>
    public string Title => "What it still knows";

    /// <inheritdoc/>
    public IReadOnlyList<Highlight> Highlights => files[^1].Root is var root && root.NumberAt("forget", "before", "extraction_strength") is double before && root.NumberAt("forget", "after", "extraction_strength") is double after
        ? [new Highlight("Extraction strength", $"{ReportNumber.Three(before)} → {ReportNumber.Three(after)}", $"{files[^1].Name}: the share of a true answer that its beginning gives away")]
        : [];

    /// <inheritdoc/>
    public void Write(HtmlPage page)
    {
        page.Paragraph("Probability, accuracy and extraction strength of the true answers, and how the generated ones agree with them: means over the rows, perplexity of all tokens together.");
        foreach (EvaluationFile file in files)
        {
            (string Set, string When)[] columns = [.. Columns.Where(column => file.Root.At(column.Set, column.When) is not null)];
            if (columns.Length == 0)
            {
                page.Note($"{file.Name}: the file has neither a forget nor a retain set.");
                continue;
            }

            page.Table(
                ["", .. columns.Select(column => HasAfter(file, column.Set) ? $"{column.Set} {column.When}" : column.Set)],
                Measures.Select(measure => new[] { measure.Name }.Concat(columns.Select(column => Cell(file.Root, column.Set, column.When, measure.Key))).ToArray()),
                file.Name);
        }

        foreach (EvaluationFile file in files)
        {
            Curve[] curves = [.. Columns.Select(column => Distribution(file, column.Set, column.When)).OfType<Curve>()];
            if (curves.Length > 0)
            {
                page.Figure(
                    Chart.Curves($"Answer probability of each row: {file.Name}", "answer probability", "share of rows up to it", curves, ValueScale.Linear, new CurveLayout { XRange = (0, 1), YRange = (0, 1) }),
                    $"Distribution functions of the answer probabilities of {string.Join(", ", curves.Select(curve => curve.Name))}.",
                    "To the left: rows whose true answer is unlikely. Forgotten rows belong there, rows to keep to the right.");
            }
        }
    }

    private static bool HasAfter(EvaluationFile file, string set) => file.Root.At(set, "after") is not null;

    private static string Cell(JsonElement root, string set, string when, string key) =>
        key == "perplexity" ? ReportNumber.Four(root.NumberAt(set, when, key)) : ReportNumber.Three(root.NumberAt(set, when, key));

    private static Curve? Distribution(EvaluationFile file, string set, string when)
    {
        double[] values = [.. file.Root.ItemsAt(MostRows, set, when, "per_row").Select(row => row.NumberAt("probability")).OfType<double>()];
        return values.Length > 1
            ? SampleDistribution.Widened(SampleDistribution.Of(HasAfter(file, set) ? $"{set} {when}" : set, values), 0, 1) with { Dashed = when == "before" && HasAfter(file, set) }
            : null;
    }
}
