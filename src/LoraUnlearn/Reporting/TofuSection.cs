using LoraUnlearn.Evaluation;
using LoraUnlearn.Evaluation.Tofu;

namespace LoraUnlearn.Reporting;

/// <summary>TOFU's measures of one or several models (METHODS §10), and the distributions of their truth ratios against a model that never saw the rows.</summary>
public sealed class TofuSection : IReportSection
{
    private const int MostRows = 1_000_000;
    private const string MedianKey = "truth_ratio_median";
    private const string NeverSaw = "never saw the rows";

    private static readonly string[] Sets = ["forget", "retain", "real_authors", "world_facts"];

    private static readonly (string Name, string Key)[] Measures =
    [
        ("probability", "probability"), ("ROUGE-L recall", "rouge_l_recall"), ("truth ratio", "truth_ratio"),
        ("median R", MedianKey), ("extraction strength", "extraction_strength"), ("exact memorisation", "exact_memorisation"),
    ];

    private readonly IReadOnlyList<EvaluationFile> _files;
    private readonly (string Name, double[] Ratios)? _reference;
    private readonly (EvaluationFile File, double[] Ratios, int Missing)[] _samples;

    /// <summary>Reads what is to be shown.</summary>
    /// <param name="files">Of the suite tofu; at least one.</param>
    /// <param name="reference">The retain-only model's log; null: what the evaluations themselves compared with.</param>
    /// <exception cref="InputException">The evaluations are of different splits, or the reference is of other rows.</exception>
    public TofuSection(IReadOnlyList<EvaluationFile> files, TofuLog? reference)
    {
        string?[] splits = [.. files.Select(file => file.Root.TextAt("split")).Append(reference?.Settings.Split).Where(split => split is not null).Distinct()];
        if (splits.Length > 1)
        {
            throw new InputException($"The TOFU evaluations and the reference are of different splits ({string.Join(", ", splits)}); give those of one split.");
        }

        _files = files;
        _samples = [.. files.Select(file => (file, Drawable(file, "truth_ratios"), file.Root.ItemsAt(MostRows, "truth_ratios").Count - Drawable(file, "truth_ratios").Length))];
        _reference = reference is not null
            ? ($"{reference.Settings.Model ?? Path.GetFileNameWithoutExtension(reference.Source)}, {NeverSaw}", [.. reference.Forget.TruthRatios.Where(IsDrawable)])
            : files.Select(file => (Name: NeverSaw, Ratios: Drawable(file, "reference_truth_ratios"))).Cast<(string Name, double[] Ratios)?>().FirstOrDefault(sample => sample!.Value.Ratios.Length > 1);
        foreach ((EvaluationFile file, double[] ratios, int missing) in _samples)
        {
            if (_reference is { } other && ratios.Length > 1 && reference is not null && ratios.Length + missing != reference.Forget.Rows.Count)
            {
                throw new InputException($"{file.Path}: there are {ratios.Length + missing} rows of the forget set, and {reference.Forget.Rows.Count} in {reference.Source}; a reference is of the same rows.");
            }
        }
    }

    /// <inheritdoc/>
    public string Title => "TOFU: does it look like a model that never saw the rows?";

    /// <inheritdoc/>
    public IReadOnlyList<Highlight> Highlights
    {
        get
        {
            EvaluationFile judged = Judged.File;
            List<Highlight> highlights = [];
            if (Test(Judged.Ratios) is { } test)
            {
                highlights.Add(new Highlight("Forget quality", ReportNumber.Four(test.PValue), $"{judged.Name}: the chance of truth ratios as far apart as these from those of a model that {NeverSaw}; above 0.05 they look alike"));
            }

            if (judged.Root.NumberAt("model_utility") is double utility)
            {
                highlights.Add(new Highlight("Model utility", ReportNumber.Three(utility), $"{judged.Name}: what is left of the rest, from 0 to 1"));
            }

            return highlights;
        }
    }

    // The one that the page is about: the last with an adapter, or the last.
    private (EvaluationFile File, double[] Ratios, int Missing) Judged => _samples.LastOrDefault(sample => sample.File.HasAdapter) is { File: not null } found ? found : _samples[^1];

    /// <inheritdoc/>
    public void Write(HtmlPage page)
    {
        page.Paragraph("R = exp(mean loss of the wrong answers − loss of the paraphrased true one): above 1 where the truth is the likelier. Forget quality is the p-value of the two-sided two-sample Kolmogorov–Smirnov test of R against a model that never saw the rows; D is the largest distance between the two curves.");
        Distributions(page);
        Comparison(page);
        foreach (EvaluationFile file in _files)
        {
            BySet(page, file);
        }

        if (_files.Any(file => file.Root.At("model_utility_parts") is not null))
        {
            page.Details("The nine parts of the model utility", () => Parts(page));
        }
    }

    private void Distributions(HtmlPage page)
    {
        (EvaluationFile File, double[] Ratios, int Missing)[] drawn = [.. _samples.Where(sample => sample.Ratios.Length > 1)];
        foreach (EvaluationFile file in _samples.Where(sample => sample.Ratios.Length <= 1).Select(sample => sample.File))
        {
            page.Note($"{file.Name}: the file has no truth ratios of rows (evaluate --out writes them, --json does not), so its distribution is not drawn.");
        }

        foreach ((EvaluationFile file, _, int missing) in drawn.Where(sample => sample.Missing > 0))
        {
            page.Note($"{file.Name}: the truth ratios of {missing} rows are too large or too small for a number and are left out.");
        }

        if (_reference is null)
        {
            page.Note("There is no log of a model that never saw the rows, so forget quality is not measured: make one with evaluate --suite tofu --save-log on such a model, and give it with --reference-log.");
        }

        if (drawn.Length == 0)
        {
            return;
        }

        List<Curve> curves = [.. drawn.Select(sample => SampleDistribution.Of(sample.File.Name, sample.Ratios))];
        ChartSpan? span = null;
        string words = "";
        if (_reference is { } reference)
        {
            curves.Add(SampleDistribution.Of(reference.Name, reference.Ratios) with { Dashed = true });
            double[] judged = Judged.Ratios.Length > 1 ? Judged.Ratios : drawn[^1].Ratios;
            (double x, double first, double second) = SampleDistribution.Farthest(judged, reference.Ratios);
            double distance = KolmogorovSmirnov.TwoSample(judged, reference.Ratios).Statistic;
            span = new ChartSpan(x, first, second, $"D = {ReportNumber.Three(distance)}");
            words = $" The Kolmogorov–Smirnov distance is {ReportNumber.Three(distance)}, at R = {ReportNumber.Four(x)}.";
        }

        double[] all = [.. curves.SelectMany(curve => curve.X)];
        curves = [.. curves.Select(curve => SampleDistribution.Widened(curve, all.Min(), all.Max()))];
        page.Figure(
            Chart.Curves("Truth ratios of the forget rows", "truth ratio R", "share of rows up to R", curves, ValueScale.Linear, new CurveLayout { X = ValueScale.Log(all), YRange = (0, 1), Span = span }),
            $"Distribution functions of the truth ratios of {string.Join(", ", curves.Select(curve => curve.Name))}.{words}",
            span is null ? "To the right: the truth stands out among wrong answers." : "To the right: the truth stands out among wrong answers. The upright bar is the Kolmogorov–Smirnov distance D; 0 would be a curve on the broken one.");
    }

    private void Comparison(HtmlPage page) => page.Table(
        ["model", "forget quality", "log10", "KS distance D", "median R", "model utility"],
        _samples.Select(sample =>
        {
            KolmogorovSmirnovResult? test = Test(sample.Ratios);
            double? quality = test?.PValue ?? sample.File.Root.NumberAt("forget_quality");
            return new[]
            {
                sample.File.Name, ReportNumber.Four(quality), ReportNumber.Three(quality is double p ? Math.Log10(Math.Max(p, double.Epsilon)) : null),
                ReportNumber.Three(test?.Statistic ?? sample.File.Root.NumberAt("ks_statistic")), ReportNumber.Four(sample.File.Root.NumberAt("forget", MedianKey)), ReportNumber.Three(sample.File.Root.NumberAt("model_utility")),
            };
        }),
        "Forget quality: 1 would be a model that never saw the rows. It is no judge of its own; see extraction and membership, too.");

    private static void BySet(HtmlPage page, EvaluationFile file)
    {
        string[] sets = [.. Sets.Where(set => file.Root.At(set) is not null)];
        if (sets.Length > 0)
        {
            page.Table(
                ["", .. sets.Select(set => set.Replace('_', ' '))],
                Measures.Where(measure => sets.Any(set => file.Root.NumberAt(set, measure.Key) is not null))
                    .Select(measure => new[] { measure.Name }.Concat(sets.Select(set => measure.Key == MedianKey ? ReportNumber.Four(file.Root.NumberAt(set, measure.Key)) : ReportNumber.Three(file.Root.NumberAt(set, measure.Key)))).ToArray()),
                $"{file.Name}, by set");
        }
    }

    private void Parts(HtmlPage page)
    {
        string[] parts = [.. _files.SelectMany(file => file.Root.MembersAt(20, "model_utility_parts").Select(part => part.Name)).Distinct().Take(20)];
        page.Table(["", .. _files.Select(file => file.Name)], parts.Select(part => new[] { JsonReading.Short(part, 80).Replace('_', ' ') }.Concat(_files.Select(file => ReportNumber.Three(file.Root.NumberAt("model_utility_parts", part)))).ToArray()), "Parts of the model utility");
    }

    private KolmogorovSmirnovResult? Test(double[] ratios) => _reference is { } reference && ratios.Length > 1 ? KolmogorovSmirnov.TwoSample(ratios, reference.Ratios) : null;

    private static double[] Drawable(EvaluationFile file, string key) => [.. file.Root.NumbersAt(MostRows, key).Where(IsDrawable)];

    private static bool IsDrawable(double ratio) => double.IsFinite(ratio) && ratio > 0;
}
