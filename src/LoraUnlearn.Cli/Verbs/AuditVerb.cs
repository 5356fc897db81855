using System.CommandLine;
using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Auditing;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Work;
using LoraUnlearn.Data;
using LoraUnlearn.Outputs;
using LoraUnlearn.Sessions;

namespace LoraUnlearn.Cli.Verbs;

/// <summary>Tries on an unlearned model what an adversary would try, and says what came back.</summary>
internal sealed class AuditVerb : Verb
{
    private const int RowsByDefault = 100;
    private static readonly AuditOptions Standard = new();

    private readonly ModelOptions _model = new();
    private readonly Option<string> _adapter = OptionKinds.RequiredInput("--adapter", "DIR", "Adapter folder (PEFT) that unlearned.");
    private readonly Option<string> _forget = OptionKinds.RequiredInput("--forget", "FILE", "JSONL file with what was to be forgotten.");
    private readonly Option<string?> _retain = OptionKinds.Input("--retain", "FILE", "JSONL file with what was to be kept: measured beside it, and taught in relearning.");
    private readonly Option<string?> _reference = OptionKinds.Input("--reference-model", "DIR", "Retain-only model folder, which never met the rows: attacked in the same way, and what results are held against.");
    private readonly Option<string?> _paraphrased = OptionKinds.Input("--paraphrased", "FILE", "JSONL file with the forgotten answers under other questions; unless given, the rows' own paraphrased_question.");
    private readonly Option<string> _attacks = OptionKinds.Text("--attacks", "NAMES", "Attacks, between commas; all for every one.", "all");
    private readonly Option<int> _maxRows = OptionKinds.Whole("--max-rows", "Most rows of each file, from the first.", RowsByDefault, 1);
    private readonly Option<int> _steps = OptionKinds.Whole("--relearn-steps", "Steps of relearning.", Standard.RelearningSteps, 0);
    private readonly Option<double> _rate = OptionKinds.Number("--relearn-rate", "Learning rate of relearning.", Standard.RelearningRate, 1e-12);
    private readonly Option<int> _samples = OptionKinds.Whole("--samples", "Sampled answers of each question.", Standard.Samples, 1, 10000);
    private readonly Option<string?> _out = OptionKinds.OutputFile("--out", "JSON file to write, with the curves.");
    private readonly Option<string?> _markdown = OptionKinds.OutputFile("--markdown", "Markdown file to write, with the verdict and a table.");
    private readonly Option<bool> _showText = OptionKinds.Flag("--show-text", "Put the rows that came back the most into the documents, with their text.");
    private readonly RowOptions _rows = new();
    private readonly ComputeOptions _compute = new();

    /// <summary>Creates the verb.</summary>
    public AuditVerb()
        : base("audit", "Try on an unlearned model what an adversary would try, and say what came back.")
    {
        AddGroup("Options", _model.Model, _adapter, _forget, _retain, _reference, _paraphrased, _out, _markdown, _showText, _model.IgnoreConfigKey);
        AddGroup("Attacks", _attacks, _maxRows, _steps, _rate, _samples);
        AddGroup("Rows", _rows.All);
        AddGroup("Computation", _compute.All);
        AddCommon();
    }

    /// <inheritdoc/>
    public override string Details => string.Join("\n", Audit.Attacks.Select(attack => $"{attack.Name}: {attack.Summary}."));

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples =>
    [
        "lora-unlearn audit --model models/llama --adapter forgotten --forget forget.jsonl --retain retain.jsonl --out audit.json",
        "lora-unlearn audit --model models/llama --adapter forgotten --forget forget.jsonl --reference-model models/retain-only --attacks relearn,quantise --markdown audit.md",
    ];

    /// <inheritdoc/>
    public override void Run(Invocation invocation)
    {
        string[] names = invocation.Get(_attacks) == "all" ? [] : LowRankOptions.SplitNames(invocation.Get(_attacks));
        IReadOnlyList<IAttack> attacks = Audit.Named(names);
        EncodingOptions encoding = _rows.Read(invocation, invocation.Get(_compute.Seed));
        using ModelSession session = ModelSession.Open(invocation.Get(_model.Model), _compute.Read(invocation), ignoredKeys: invocation.Get(_model.IgnoreConfigKey));
        using PeftAdapter adapter = PeftAdapter.Read(invocation.Get(_adapter));
        EncodedData forget = session.Encode(invocation.Get(_forget), encoding);
        EncodedData? retain = Encode(_retain), paraphrased = Encode(_paraphrased);
        RunNotes.OfRows(invocation.Reporter, session, forget, retain, paraphrased);
        using ModelSession? reference = invocation.Get(_reference) is { } folder ? ModelSession.Open(folder, session.Compute, ignoredKeys: invocation.Get(_model.IgnoreConfigKey)) : null;
        Audit audit = Attack(invocation, attacks, new Material(session, adapter, reference, First(forget)!, First(retain), First(paraphrased), encoding));
        Report(invocation, audit);

        EncodedData? Encode(Option<string?> option) => invocation.Get(option) is { } path ? session.Encode(path, encoding) : null;
        IReadOnlyList<Example>? First(EncodedData? data) => data is null ? null : SuiteRows.First(data, invocation.Get(_maxRows));
    }

    private Audit Attack(Invocation invocation, IReadOnlyList<IAttack> attacks, Material material)
    {
        StageDisplay? display = null;
        try
        {
            AuditCase audit = new(
                material.Session,
                new AuditedModel(material.Session, material.Adapter.Factors),
                material.Reference is { } reference ? new AuditedModel(reference, null) : null,
                material.Forget,
                material.Retain,
                material.Encoding,
                Effort(invocation))
            {
                Paraphrased = material.Paraphrased,
                Progress = new Relay(progress => display?.Report(progress)),
                Cancellation = invocation.Cancellation,
            };
            return Audit.Run(audit, attacks, name =>
            {
                display?.Dispose();
                display = new StageDisplay(invocation, name);
            });
        }
        finally
        {
            display?.Dispose();
        }
    }

    private AuditOptions Effort(Invocation invocation) => Standard with
    {
        Seed = invocation.Get(_compute.Seed),
        RelearningSteps = invocation.Get(_steps),
        RelearningRate = invocation.Get(_rate),
        Samples = invocation.Get(_samples),
    };

    private void Report(Invocation invocation, Audit audit)
    {
        Reporter reporter = invocation.Reporter;
        TextTable table = new("attack", "measure", "unlearned", "retain-only");
        foreach (AttackResult result in audit.Results)
        {
            table.Add(result.Name, result.Measure, Figures.Three(result.Value), Figures.Three(result.Baseline));
        }

        reporter.Table(table);
        reporter.Line();
        foreach (string sentence in audit.Verdict)
        {
            reporter.Line(sentence);
        }

        JsonObject document = audit.ToJson(Name(invocation.Get(_model.Model))!, Name(invocation.Get(_adapter)), Name(invocation.Get(_reference)), invocation.Get(_showText));
        if (invocation.Get(_out) is { } json)
        {
            AtomicFile.WriteAllText(json, JsonText.Indented(document) + "\n");
            reporter.Line($"written to {json}");
        }

        if (invocation.Get(_markdown) is { } markdown)
        {
            AtomicFile.WriteAllText(markdown, Markdown(audit, table, invocation.Get(_showText)));
            reporter.Line($"written to {markdown}");
        }

        reporter.Document(document);
    }

    private static string Markdown(Audit audit, TextTable table, bool withText)
    {
        string text = string.Concat(audit.Verdict.Select(sentence => $"- {sentence}\n")) + "\n" + table.ToMarkdown();
        TextTable rows = new("attack", "line", "truth", "answer", "ROUGE-L recall");
        foreach ((AttackResult result, AuditExample row) in audit.Results.SelectMany(result => result.Examples.Select(row => (result, row))))
        {
            rows.Add(result.Name, $"{row.Line}", row.Truth, row.Answer, Figures.Three(row.Recall));
        }

        return withText ? text + "\n" + rows.ToMarkdown() : text;
    }

    // The folder's name: where it lies says nothing of it.
    private static string? Name(string? folder) => folder is null ? null : FolderName.Of(folder);

    private sealed record Material(
        ModelSession Session, PeftAdapter Adapter, ModelSession? Reference, IReadOnlyList<Example> Forget, IReadOnlyList<Example>? Retain, IReadOnlyList<Example>? Paraphrased, EncodingOptions Encoding);

    // In the thread of the work: Progress<T> would hand it to others.
    private sealed class Relay(Action<Evaluation.EvaluationProgress> report) : IProgress<Evaluation.EvaluationProgress>
    {
        public void Report(Evaluation.EvaluationProgress value) => report(value);
    }
}
