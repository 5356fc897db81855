using System.CommandLine;
using System.Text.Json.Nodes;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Work;
using LoraUnlearn.Evaluation.Tofu;
using LoraUnlearn.Outputs;
using LoraUnlearn.Reporting;

namespace LoraUnlearn.Cli.Verbs;

/// <summary>Puts what other verbs measured onto one page.</summary>
internal sealed class ReportVerb : Verb
{
    private readonly Option<string> _out = OptionKinds.RequiredOutput("--out", PathRole.OutputFile, "HTML file to write: one file, without script, that loads nothing.");
    private readonly Option<string?> _run = OptionKinds.Input("--run", "DIR", "Folder of an unlearning run: its manifest, the log of its steps, and the norms of its adapter.");
    private readonly Option<string[]> _evaluations = OptionKinds.Inputs("--evaluation", "FILE", "JSON of evaluate --out, of any suite; or a TOFU log of evaluate --save-log.");
    private readonly Option<string?> _reference = OptionKinds.Input("--reference-log", "LOG", "TOFU log of a model that never saw the rows, which the truth ratios are compared with; unless given, what the evaluations compared with.");
    private readonly Option<string[]> _audits = OptionKinds.Inputs("--audit", "FILE", "JSON of an audit.");
    private readonly Option<string?> _model = OptionKinds.Input("--model", "DIR", "Model folder of the --run: its weights are read to say how large the adapter's change is beside them.");
    private readonly Option<string?> _title = OptionKinds.Text("--title", "TEXT", "Title of the page; 'Unlearning' and the run's name unless given.");
    private readonly Option<bool> _showText = OptionKinds.Flag("--show-text", "Show the answers that the evaluations hold, with what came and went; without it no text of the rows is in the page.");
    private readonly Option<int> _textRows = OptionKinds.Whole("--text-rows", "Rows of each set whose answers are shown.", 20, 1);
    private readonly Option<string?> _forget = OptionKinds.Input("--forget", "FILE", "JSONL file of the forget rows of an evaluation of the suite basic, for their questions and true answers.");
    private readonly Option<string?> _retain = OptionKinds.Input("--retain", "FILE", "The same of its retain rows.");

    /// <summary>Creates the verb.</summary>
    public ReportVerb()
        : base("report", "Put runs, evaluations and audits onto one HTML page.")
    {
        AddGroup("Options", _run, _evaluations, _audits, _reference, _model, _out, _title);
        AddGroup("Texts", _showText, _textRows, _forget, _retain);
        AddCommon();
    }

    /// <inheritdoc/>
    public override string Details =>
        "Charts of the steps, of truth ratios with their Kolmogorov-Smirnov distance, of membership attacks, of an audit, and of what the adapter changes; and the tables of every suite. "
        + "Several evaluations stand side by side: give the model before and after, and one that never saw the rows.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples =>
    [
        "lora-unlearn report --run forgotten --evaluation eval.json --out report.html",
        "lora-unlearn report --run forgotten --model models/llama --evaluation full.json --evaluation unlearned.json --reference-log retain90.json --out report.html",
        "lora-unlearn report --evaluation eval.json --show-text --forget forget.jsonl --out for-my-eyes.html",
    ];

    /// <inheritdoc/>
    public override void Run(Invocation invocation)
    {
        bool showText = invocation.Get(_showText);
        if (invocation.Get(_model) is not null && invocation.Get(_run) is null)
        {
            throw new InputException("--model says what the adapter of --run changes; give --run DIR, too, or leave it out.");
        }

        if (!showText && (invocation.Get(_forget) ?? invocation.Get(_retain)) is not null)
        {
            throw new InputException("--forget and --retain have the texts that --show-text shows; give --show-text, too, or leave them out.");
        }

        List<IReportSection> sections = Sections(invocation, showText);
        string path = invocation.Get(_out);
        string title = invocation.Get(_title) ?? (invocation.Get(_run) is { } run ? $"Unlearning {FolderName.Of(run)}" : "Unlearning");
        ReportWork.Write(path, title, sections, showText);
        invocation.Reporter.Line($"written to {path}");
        invocation.Reporter.Document(new JsonObject { ["out"] = path, ["sections"] = JsonText.Texts(sections.Select(section => section.Title)) });
    }

    private List<IReportSection> Sections(Invocation invocation, bool showText)
    {
        TofuLog? reference = invocation.Get(_reference) is { } log ? TofuLog.Read(log) : null;
        IReadOnlyList<EvaluationFile> files = EvaluationFile.Read(invocation.Get(_evaluations), reference);
        if (reference is not null && !files.Any(file => file.Suite == "tofu"))
        {
            throw new InputException("--reference-log is what TOFU evaluations are compared with; give one with --evaluation, too, or leave it out.");
        }

        List<IReportSection> sections = [];
        string? run = invocation.Get(_run);
        if (run is not null)
        {
            sections.Add(new RunSection(RunRecord.Read(run)));
        }

        sections.AddRange(ReportWork.Evaluations(files, reference));
        sections.AddRange(invocation.Get(_audits).Select(AuditSection.Read));
        if (run is not null)
        {
            sections.Add(ReportWork.Adapter(run, invocation.Get(_model), invocation.Cancellation));
        }

        if (showText)
        {
            sections.Add(ReportWork.Answers(files, invocation.Get(_forget), invocation.Get(_retain), invocation.Get(_textRows)));
        }

        return sections;
    }
}
