using System.CommandLine;
using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Work;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Sessions;

namespace LoraUnlearn.Cli.Verbs;

/// <summary>Measures a model, without and with an adapter.</summary>
internal sealed class EvaluateVerb : Verb
{
    private readonly ModelOptions _model = new();
    private readonly Option<string> _suite = OptionKinds.Choice("--suite", "What to measure.", "basic", "basic");
    private readonly Option<string?> _forget = OptionKinds.Text("--forget", "FILE", "JSONL file with what was to be forgotten.");
    private readonly Option<string?> _retain = OptionKinds.Text("--retain", "FILE", "JSONL file with what was to be kept.");
    private readonly Option<string?> _out = OptionKinds.Text("--out", "FILE", "JSON file to write, with the measures of every row.");
    private readonly Option<int?> _maxRows = OptionKinds.OptionalWhole("--max-rows", "Rows of each file, from the first; all unless given.", 1);
    private readonly Option<int?> _maxNewTokens = OptionKinds.OptionalWhole("--max-new-tokens", "Most new tokens of an answer; half as many again as the true one has unless given.", 1);
    private readonly Option<bool> _noGenerate = OptionKinds.Flag("--no-generate", "Generate nothing: no exact match and no ROUGE, and much faster.");
    private readonly RowOptions _rows = new();
    private readonly ComputeOptions _compute = new();

    /// <summary>Creates the verb.</summary>
    public EvaluateVerb()
        : base("evaluate", "Measure what a model knows, before and after an adapter.")
    {
        AddGroup("Options", _model.Model, _model.Adapter, _suite, _forget, _retain, _out);
        AddGroup("Measures", _maxRows, _maxNewTokens, _noGenerate);
        AddGroup("Rows", _rows.All);
        AddGroup("Computation", _compute.All);
        AddCommon();
    }

    /// <inheritdoc/>
    public override string Details =>
        "basic: probability, perplexity, accuracy and extraction strength of the true answers; exact match and ROUGE-L recall of the generated ones.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples =>
        ["lora-unlearn evaluate --model models/llama --adapter forgotten --forget forget.jsonl --retain retain.jsonl --out eval.json"];

    /// <inheritdoc/>
    public override void Run(Invocation invocation)
    {
        string? forgetPath = invocation.Get(_forget), retainPath = invocation.Get(_retain), output = invocation.Get(_out);
        if (forgetPath is null && retainPath is null)
        {
            throw new InputException("evaluate needs --forget FILE, --retain FILE, or both.");
        }

        if (output is not null)
        {
            OutputFile.Check("--out", output);
        }

        EncodingOptions encoding = _rows.Read(invocation, invocation.Get(_compute.Seed));
        BasicSuiteOptions options = new()
        {
            MaxRows = invocation.Get(_maxRows),
            MaxNewTokens = invocation.Get(_maxNewTokens),
            Generate = !invocation.Get(_noGenerate),
        };
        string model = invocation.Get(_model.Model);
        string? folder = invocation.Get(_model.Adapter);
        using ModelSession session = ModelSession.Open(model, _compute.Read(invocation));
        EncodedData? forget = forgetPath is null ? null : session.Encode(forgetPath, encoding);
        EncodedData? retain = retainPath is null ? null : session.Encode(retainPath, encoding);
        RunNotes.Truncation(invocation.Reporter, forget, retain);
        using FixedAdapter? adapter = AdapterFolders.Attach(session, folder);
        BasicReport report = SuiteWork.Run(invocation, session, adapter, options, forget, retain);
        invocation.Reporter.Table(SuiteWork.Table(report));
        if (output is not null)
        {
            AtomicFile.WriteAllText(output, JsonText.Indented(Document(model, folder, report, withRows: true)) + "\n");
            invocation.Reporter.Line($"written to {output}");
        }

        invocation.Reporter.Document(Document(model, folder, report, withRows: false));
    }

    private static JsonObject Document(string model, string? adapter, BasicReport report, bool withRows)
    {
        JsonObject document = new() { ["suite"] = "basic", ["model"] = model, ["adapter"] = adapter };
        foreach ((string set, JsonNode? measures) in report.ToJson(withRows))
        {
            document[set] = measures?.DeepClone();
        }

        return document;
    }
}
