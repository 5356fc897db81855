using System.CommandLine;
using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Work;
using LoraUnlearn.Data;
using LoraUnlearn.GradientEffect;
using LoraUnlearn.Objectives;
using LoraUnlearn.Outputs;
using LoraUnlearn.Sessions;
using LoraUnlearn.Torch;

namespace LoraUnlearn.Cli.Verbs;

/// <summary>Measures what objectives do to forgetting and to keeping: the G-effect.</summary>
internal sealed class GeffectVerb : Verb
{
    private readonly ModelOptions _model = new();
    private readonly DataOptions _data = new();
    private readonly Option<string?> _run = OptionKinds.Input("--run", "DIR", "Folder of an unlearning run with --keep-checkpoints: measured at each of its checkpoints.");
    private readonly Option<string?> _out = OptionKinds.OutputFolder("--out", "New folder to write: geffect.json, geffect.html, and each chart as SVG.");
    private readonly Option<int?> _maxRows = OptionKinds.OptionalWhole("--max-rows", "Rows of each file, from the first; all unless given.", 1);
    private readonly EffectSettings _effect = new();
    private readonly RowOptions _rows = new();
    private readonly ComputeOptions _compute = new();

    /// <summary>Creates the verb.</summary>
    public GeffectVerb()
        : base("geffect", "Measure what objectives do to forgetting and to keeping, by layer, module, step and row.")
    {
        AddGroup("Options", [_model.Model, _model.Adapter, _run, .. _data.All, _out, _model.IgnoreConfigKey]);
        AddGroup("Measurement", [.. _effect.All, _maxRows]);
        AddGroup("Rows", _rows.All);
        AddGroup("Computation", _compute.All);
        AddCommon();
    }

    /// <inheritdoc/>
    public override string Details =>
        "G-effects (arXiv 2502.19301): e_u, the inner product of an objective's gradient with that of the mean NLL on the forget set, and e_r, with that on the "
        + "retain set. To first order a step of -η times the objective's gradient changes those means by -η·e: wanted are e_u far below 0 and e_r not below 0.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples =>
    [
        "lora-unlearn geffect --model models/llama --forget forget.jsonl --retain retain.jsonl --objective ga,npo,ihl --by layer,instance --out effects",
        "lora-unlearn geffect --model models/llama --forget forget.jsonl --retain retain.jsonl --run forgotten --parameters adapter --out trajectory",
    ];

    /// <inheritdoc/>
    public override string? HelpOn(string topic) => topic == ObjectiveHelp.Topic ? ObjectiveHelp.Text() : null;

    /// <inheritdoc/>
    public override void Run(Invocation invocation)
    {
        string? adapter = invocation.Get(_model.Adapter), runFolder = invocation.Get(_run), output = invocation.Get(_out);
        string retainPath = invocation.Get(_data.Retain) ?? throw new InputException("geffect compares both sets and needs --retain FILE.");
        if (adapter is not null && runFolder is not null)
        {
            throw new InputException("--adapter measures one adapter, --run all checkpoints of a run; give one of them.");
        }

        long seed = invocation.Get(_compute.Seed);
        EffectOptions options = _effect.Read(invocation, seed);
        if (options.Parameters == EffectParameters.Adapter && adapter is null && runFolder is null)
        {
            throw new InputException("--parameters adapter needs an adapter: give --adapter DIR or --run DIR, or measure by the full weights.");
        }

        if (output is not null)
        {
            OutputFolder.RequireFree(output);
        }

        IReadOnlyList<Objective> retainTerms = _effect.ReadRetainTerms(invocation);
        _effect.ReadObjectives(invocation, null); // names and parameters are refused before a weight is read
        ComputeSettings compute = _compute.Read(invocation);
        EncodingOptions encoding = _rows.Read(invocation, seed);
        using ModelSession session = ModelSession.Open(invocation.Get(_model.Model), compute, ignoredKeys: invocation.Get(_model.IgnoreConfigKey));
        RunCheckpoints? run = runFolder is null ? null : RunCheckpoints.Find(runFolder, session.Folder.Digest());
        IReadOnlyList<Objective> objectives = _effect.ReadObjectives(invocation, run?.Objective);
        foreach (Objective objective in objectives.Concat(retainTerms))
        {
            objective.Bind(session.Decoder.Spec, seed);
        }

        EncodedData forget = session.Encode(invocation.Get(_data.Forget), encoding), retain = session.Encode(retainPath, encoding);
        RunNotes.OfRows(invocation.Reporter, session, forget, retain);
        Example[] First(EncodedData data) => [.. data.Examples.Take(invocation.Get(_maxRows) ?? int.MaxValue)];
        GeffectWork.Task task = new(objectives, retainTerms, options, First(forget), First(retain));
        IReadOnlyList<EffectMeasurement> records = run is null ? [GeffectWork.Once(invocation, session, adapter, task)] : GeffectWork.Along(invocation, session, run, task);
        string parameters = invocation.Get(_effect.Parameters);
        Print(invocation.Reporter, records, _effect.ReadViews(invocation));
        if (output is not null)
        {
            string name = FolderName.Of(runFolder ?? adapter ?? invocation.Get(_model.Model));
            Write(output, new EffectReport($"G-effect of {name}", parameters, records), parameters, records);
            invocation.Reporter.Line($"written to {output}");
        }

        JsonObject document = EffectJson.Document(parameters, records);
        document["out"] = output;
        invocation.Reporter.Document(document);
    }

    private static void Write(string output, EffectReport report, string parameters, IReadOnlyList<EffectMeasurement> records) => OutputFolder.WriteNew(output, folder =>
    {
        EffectJson.Write(Path.Combine(folder, EffectRecorder.RecordFile), parameters, records);
        report.WritePage(Path.Combine(folder, EffectReport.PageFile));
        foreach ((string name, string svg) in report.Charts())
        {
            AtomicFile.WriteAllText(Path.Combine(folder, name.Replace(' ', '-') + ".svg"), svg);
        }
    });

    private static void Print(Reporter reporter, IReadOnlyList<EffectMeasurement> records, HashSet<string> views)
    {
        foreach (EffectMeasurement record in views.Contains("step") ? records : [records[^1]])
        {
            string place = record.Step is { } step ? $"after step {step}: " : "";
            reporter.Line($"{place}mean NLL forget {Figures.Four(record.ForgetRisk)}, retain {Figures.Four(record.RetainRisk)}");
            (IReadOnlyList<string> headings, IReadOnlyList<IReadOnlyList<string>> rows) = EffectReport.Table(record);
            TextTable table = new([.. headings]);
            foreach (IReadOnlyList<string> row in rows)
            {
                table.Add([.. row]);
            }

            reporter.Table(table);
            reporter.Line();
        }

        foreach (ObjectiveEffect effect in records[^1].Objectives)
        {
            if (views.Contains("layer"))
            {
                PrintProducts(reporter, $"{effect.Objective} by layer", effect.Layers.Select(layer => ($"{layer.Layer}", layer.Products)));
            }

            if (views.Contains("module"))
            {
                PrintProducts(reporter, $"{effect.Objective} by module", effect.Modules.Select(module => (module.Module, module.Products)));
            }

            if (effect.Instances.Count > 0)
            {
                TextTable table = new("line", "tokens", "e_u", "e_r") { Title = $"{effect.Objective}: the rows that cost the retain set most" };
                foreach (InstanceEffect row in effect.Instances.OrderBy(row => row.Retaining).Take(5))
                {
                    table.Add($"{row.Line}", $"{row.Tokens}", Figures.Four(row.Unlearning), Figures.Four(row.Retaining));
                }

                reporter.Table(table);
                reporter.Line();
            }
        }
    }

    private static void PrintProducts(Reporter reporter, string title, IEnumerable<(string Name, EffectProducts Products)> parts)
    {
        TextTable table = new("", "e_u", "e_r", "cos_u", "cos_r", "trade-off") { Title = title };
        foreach ((string name, EffectProducts products) in parts)
        {
            table.Add(name, Figures.Four(products.Unlearning), Figures.Four(products.Retaining), Figures.Three(products.UnlearningCosine), Figures.Three(products.RetainingCosine), Figures.Three(products.TradeOff));
        }

        reporter.Table(table);
        reporter.Line();
    }
}
