namespace LoraUnlearn.Reporting;

/// <summary>The tables of a suite, one column a model.</summary>
public sealed class SuiteTableSection : IReportSection
{
    private static readonly Dictionary<string, (string Title, string Text, (string Name, string[] Path)[] Measures)> Known = new()
    {
        ["muse"] = (
            "MUSE: verbatim and knowledge memorisation, privacy leakage",
            "ROUGE-L F1 of greedy continuations and answers; privacy leakage in per cent, 0 for a retrained model, −100 where members are told as surely as before.",
            [
                ("verbatim memorisation (VerbMem)", ["verbatim_memorisation", "rouge_l_f1"]),
                ("knowledge memorisation (KnowMem), forget", ["knowledge_memorisation_forget", "rouge_l_f1"]),
                ("knowledge memorisation (KnowMem), retain", ["knowledge_memorisation_retain", "rouge_l_f1"]),
                ("privacy leakage (PrivLeak), %", ["privacy_leakage"]),
            ]),
        ["tdec"] = (
            "TDEC: memorisation accuracy and extraction likelihood",
            "MA is the share of tokens that the model predicts from what is before them; EL_n the share of n-grams of its own continuations that are in the true ones.",
            [("MA", ["ma"])]),
        ["yao"] = (
            "Perplexity and accuracy, beside rows like the forgotten ones",
            "Approximate: rows of the same kind that were never trained on, which is what a retrained model would make of the forgotten ones.",
            [.. new[] { "forget", "approximate", "general" }.SelectMany(set => new[] { "perplexity", "accuracy", "probability" }.Select(measure => ($"{set}: {measure}", new[] { set, measure })))]),
    };

    private readonly IReadOnlyList<EvaluationFile> _files;
    private readonly string _suite;

    /// <summary>Takes the evaluations of one suite.</summary>
    /// <param name="suite"><c>muse</c>, <c>tdec</c> or <c>yao</c>.</param>
    /// <param name="files">At least one.</param>
    public SuiteTableSection(string suite, IReadOnlyList<EvaluationFile> files)
    {
        _suite = suite;
        _files = files;
    }

    /// <summary>The suites that are shown so.</summary>
    public static IReadOnlyCollection<string> Suites => Known.Keys;

    /// <inheritdoc/>
    public string Title => Known[_suite].Title;

    /// <inheritdoc/>
    public IReadOnlyList<Highlight> Highlights => [];

    /// <inheritdoc/>
    public void Write(HtmlPage page)
    {
        page.Paragraph(Known[_suite].Text);
        (string Name, string[] Path)[] measures =
        [
            .. Known[_suite].Measures,
            .. _files.SelectMany(file => file.Root.MembersAt(100, [])).Select(member => member.Name).Where(IsExtractionLikelihood).Distinct().Take(12).Select(name => (name.ToUpperInvariant(), new[] { name })),
        ];
        measures = [.. measures.Where(measure => _files.Any(file => file.Root.NumberAt(measure.Path) is not null))];
        if (measures.Length == 0)
        {
            page.Note($"The files have none of the measures of the suite {_suite}.");
            return;
        }

        page.Table(["", .. _files.Select(file => file.Name)], measures.Select(measure => new[] { measure.Name }.Concat(_files.Select(file => ReportNumber.Four(file.Root.NumberAt(measure.Path)))).ToArray()));
    }

    // el_5, but not el_5_rows.
    private bool IsExtractionLikelihood(string name) => _suite == "tdec" && name.StartsWith("el_", StringComparison.Ordinal) && name.Length is > 3 and < 8 && name[3..].All(char.IsAsciiDigit);
}
