using System.CommandLine;
using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Work;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Sessions;
using LoraUnlearn.Torch;

namespace LoraUnlearn.Cli.Verbs;

/// <summary>Checks what an adapter's manifest says: digests, signature, and the measures by taking them again.</summary>
internal sealed class VerifyVerb : Verb
{
    private const int RowsUnlessRecorded = 100;
    private const int ShownOfDigest = 16;

    private readonly Option<string> _adapter = OptionKinds.RequiredInput("--adapter", "DIR", "Adapter folder with its manifest.");
    private readonly Option<string?> _model = OptionKinds.Input("--model", "DIR", "Base model; the one that the adapter names unless given.");
    private readonly Option<string?> _forget = OptionKinds.Input("--forget", "FILE", "JSONL file with what was forgotten; the one of the manifest, where it lies nearby, unless given.");
    private readonly Option<string?> _retain = OptionKinds.Input("--retain", "FILE", "JSONL file with what was kept; likewise.");
    private readonly Option<string?> _key = OptionKinds.Input("--key", "FILE", "Public key (PEM) that the manifest's signature must be by.");
    private readonly Option<bool> _noMeasure = OptionKinds.Flag("--no-measure", "Check digests and signature only.");
    private readonly Option<double> _tolerance = OptionKinds.Number("--tolerance", "Largest difference of a probability that counts as the same; another machine or type rounds otherwise.", 0.01, 0, 1);
    private readonly ComputeOptions _compute = new();

    /// <summary>Creates the verb.</summary>
    public VerifyVerb()
        : base("verify", "Check an adapter's manifest: digests, signature, and its measures by taking them again.")
    {
        AddGroup("Options", _adapter, _model, _forget, _retain, _key, _noMeasure, _tolerance);
        AddGroup("Computation", _compute.Device, _compute.DType, _compute.BasePrecision, _compute.Threads);
        AddCommon();
    }

    /// <inheritdoc/>
    public override string Details =>
        "Exit code 1 where anything differs. What the manifest does not say, or what is not at hand, is shown as not checked and counts for nothing; the schema of the manifest is adapters/unlearn_manifest.schema.json.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples =>
        ["lora-unlearn verify --adapter forgotten --model models/llama --forget forget.jsonl --retain retain.jsonl --key public.pem"];

    /// <inheritdoc/>
    public override void Run(Invocation invocation)
    {
        string folder = invocation.Get(_adapter);
        ManifestAudit audit = new(folder);
        audit.Signature(invocation.Get(_key));
        audit.OwnDigests();
        using PeftAdapter adapter = PeftAdapter.Read(folder);
        string baseModel = adapter.Config.BaseModel;
        string? modelPath = invocation.Get(_model) ?? (baseModel.Length > 0 && Directory.Exists(baseModel) ? baseModel : null);
        LossMeasure? rows = LossMeasure.Find(folder, baseModel, invocation.Get(_model), invocation.Get(_forget), invocation.Get(_retain));
        using (ModelFolder? model = modelPath is null ? null : ModelFolder.Open(modelPath))
        {
            audit.Model(model);
        }

        audit.Data("forget", invocation.Get(_forget) ?? rows?.Forget);
        audit.Data("retain", invocation.Get(_retain) ?? rows?.Retain);
        if (rows is not null && !invocation.Get(_noMeasure))
        {
            Measure(invocation, audit, adapter, rows);
        }

        Report(invocation.Reporter, audit, folder);
    }

    private void Measure(Invocation invocation, ManifestAudit audit, PeftAdapter adapter, LossMeasure rows)
    {
        ComputeSettings compute = _compute.Read(invocation);
        if (!invocation.IsGiven(_compute.BasePrecision) && AdapterBase.Of(invocation.Get(_adapter))?.Precision is { } precision)
        {
            compute = ComputeSettings.Parse(invocation.Get(_compute.Device), invocation.Get(_compute.DType), basePrecision: precision);
        }

        using ModelSession session = ModelSession.Open(rows.Model, compute);
        EncodedData forget = session.Encode(rows.Forget, rows.Encoding);
        EncodedData? retain = rows.Retain is null ? null : session.Encode(rows.Retain, rows.Encoding);
        BasicSuite suite = new(session, new BasicSuiteOptions { Generate = false, MaxRows = audit.MeasuredRows ?? RowsUnlessRecorded });
        void Take(string when)
        {
            double tolerance = invocation.Get(_tolerance);
            audit.Probability(when, "forget", suite.Measure(forget.Examples, null, invocation.Cancellation).Probability, tolerance);
            audit.Probability(when, "retain", retain is null ? null : suite.Measure(retain.Examples, null, invocation.Cancellation).Probability, tolerance);
        }

        Take("before");
        using FixedAdapter attached = new(session.Decoder, [new WeightedAdapter(adapter.Factors)]);
        Take("after");
    }

    private static void Report(Reporter reporter, ManifestAudit audit, string folder)
    {
        TextTable table = new("", "manifest", "found", "");
        JsonArray findings = [];
        foreach (ManifestFinding finding in audit.Findings)
        {
            string state = finding.IsRight switch { true => "ok", false => "differs", _ => finding.Recorded is null ? "not recorded" : "not checked" };
            table.Add(finding.Name, Cut(finding.Recorded), Cut(finding.Found), state);
            findings.Add(new JsonObject { ["name"] = finding.Name, ["recorded"] = finding.Recorded, ["found"] = finding.Found, ["state"] = state });
        }

        reporter.Table(table);
        reporter.Document(new JsonObject { ["adapter"] = folder, ["verified"] = !audit.HasFailed, ["findings"] = findings });
        if (audit.HasFailed)
        {
            string wrong = string.Join(", ", audit.Findings.Where(finding => finding.IsRight == false).Select(finding => finding.Name));
            throw new WorkFailedException($"{folder}: the manifest is not borne out: {wrong}.");
        }

        int confirmed = audit.Findings.Count(finding => finding.IsRight == true);
        reporter.Line($"{confirmed} of {audit.Findings.Count} statements were checked, and hold.");
    }

    private static string Cut(string? text) => text is null ? "–" : text.Length > 3 * ShownOfDigest ? text[..ShownOfDigest] + "…" : text;
}
