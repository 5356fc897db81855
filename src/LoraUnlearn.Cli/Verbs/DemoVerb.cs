using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Work;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Sessions;
using LoraUnlearn.Torch;
using LoraUnlearn.Training;

namespace LoraUnlearn.Cli.Verbs;

/// <summary>Unlearns some of the demo model's people, and shows what that did.</summary>
internal sealed class DemoVerb : Verb
{
    private static readonly int[] ShownForgetRows = [0, 18];

    private readonly Option<string> _out = OptionKinds.WorkFolder(
        "--out", "Folder for the model, the rows, the adapter and the merged model; an earlier demo in it is replaced.", "lora-unlearn-demo");

    private readonly ComputeOptions _compute = new();

    /// <summary>Creates the verb.</summary>
    public DemoVerb()
        : base("demo", "Make a small model forget eight invented people, and show what that did.")
    {
        AddGroup("Options", _out);
        AddGroup("Computation", _compute.All);
        AddCommon();
    }

    /// <inheritdoc/>
    public override string Details =>
        "The model knows 120 people, none of whom exist. It is compared with itself before, and with a second model that was trained without the eight: the gold standard of forgetting.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples => ["lora-unlearn demo", "lora-unlearn demo --out try --seed 7"];

    /// <inheritdoc/>
    public override void Run(Invocation invocation)
    {
        Reporter reporter = invocation.Reporter;
        ComputeSettings compute = _compute.Read(invocation);
        DemoFolder folder = DemoFolder.Create(invocation.Get(_out));
        Stopwatch clock = Stopwatch.StartNew();
        UnlearningResult result = Unlearn(invocation, folder, compute);
        TimeSpan unlearning = clock.Elapsed;
        (BasicReport report, double knownBefore, double knownAfter) = Measure(invocation, folder, compute);
        Merge(folder);
        JsonNode gold = DemoFolder.GoldStandard;
        reporter.Line();
        reporter.Table(Table(report, gold, knownBefore, knownAfter));
        reporter.Line();
        SideBySide.Print(reporter, Questions(report, folder));
        reporter.Line($"Unlearning took {Durations.Text(unlearning)}: {result.Steps} steps, no weight of the base model changed.");
        reporter.Line($"The adapter:      {folder.Adapter}");
        reporter.Line($"The merged model: {folder.Merged}");
        Next(reporter, folder);
        JsonObject document = DemoFolder.Mark;
        document["unlearning"] = UnlearningReport.Document(result);
        document["seconds"] = JsonText.Number(unlearning.TotalSeconds);
        document["measures"] = report.ToJson();
        document["paraphrased"] = new JsonObject { ["answered_truly_before"] = knownBefore, ["answered_truly_after"] = knownAfter };
        document["gold"] = gold.DeepClone();
        document["adapter"] = folder.Adapter;
        document["merged"] = folder.Merged;
        AtomicFile.WriteAllText(folder.Report, JsonText.Indented(document) + "\n");
        reporter.Document(document);
    }

    // A set of 64 rows needs more passes than the usual ones, and leaves less room for harm to the rest.
    private UnlearningResult Unlearn(Invocation invocation, DemoFolder folder, ComputeSettings compute)
    {
        UnlearningRequest request = new()
        {
            Model = folder.Model,
            Forget = folder.Forget,
            Retain = folder.Retain,
            Output = folder.Adapter,
            Training = new TrainingOptions { Epochs = 18, LearningRate = 1.5e-3, RetainWeight = 3 },
            Seed = invocation.Get(_compute.Seed),
            Compute = compute,
            Measures = new BasicRunMeasures(),
        };
        using RunDisplay display = new(invocation.Reporter);
        try
        {
            return UnlearningRun.Execute(request, display, invocation.Cancellation);
        }
        catch (OperationCanceledException exception)
        {
            throw new OperationCanceledException("stopped; run the demo again to begin anew.", exception, invocation.Cancellation);
        }
    }

    private static (BasicReport Report, double KnownBefore, double KnownAfter) Measure(Invocation invocation, DemoFolder folder, ComputeSettings compute)
    {
        using ModelSession session = ModelSession.Open(folder.Model, compute);
        EncodedData forget = session.Encode(folder.Forget, new EncodingOptions());
        EncodedData retain = session.Encode(folder.Retain, new EncodingOptions());
        using FixedAdapter? adapter = AdapterFolders.Attach(session, folder.Adapter);
        BasicReport report = SuiteWork.Run(invocation, session, adapter, new BasicSuiteOptions(), forget, retain);
        DemoParaphrases questions = new(session, folder.Paraphrased);
        double after = questions.AnsweredTruly(invocation.Cancellation);
        using (adapter!.SwitchOff())
        {
            return (report, questions.AnsweredTruly(invocation.Cancellation), after);
        }
    }

    private static void Merge(DemoFolder folder)
    {
        using ModelFolder model = ModelFolder.Open(folder.Model);
        using LoadedAdapters adapters = AdapterFolders.Read([folder.Adapter]);
        AdapterMerge.Write(model, adapters.Weighted, folder.Merged);
    }

    private static TextTable Table(BasicReport report, JsonNode gold, double knownBefore, double knownAfter)
    {
        TextTable table = new("", "before", "after", "never met them");
        void Add(string set, BasicComparison comparison, string measure, string goldKey, Func<BasicMeasures, double?> value) => table.Add(
            $"{set}: {measure}",
            Figures.Three(value(comparison.Before)),
            Figures.Three(comparison.After is null ? null : value(comparison.After)),
            Figures.Three((double?)gold[set]?[goldKey]));
        foreach ((string set, BasicComparison comparison) in new[] { ("forget", report.Forget!), ("retain", report.Retain!) })
        {
            Add(set, comparison, "probability", "probability", measures => measures.Probability);
            Add(set, comparison, "ROUGE-L recall", "rouge_l", measures => measures.RougeL);
            Add(set, comparison, "extraction strength", "extraction_strength", measures => measures.ExtractionStrength);
            if (set == "forget")
            {
                table.Add(
                    "forget, in other words: answered truly",
                    Figures.Three(knownBefore),
                    Figures.Three(knownAfter),
                    Figures.Three((double?)gold["paraphrased"]?["answered_truly"]));
            }
        }

        return table;
    }

    private static IReadOnlyList<Answered> Questions(BasicReport report, DemoFolder folder)
    {
        IReadOnlyList<Data.DataRow> forget = Data.DataRows.Read(folder.Forget), retain = Data.DataRows.Read(folder.Retain);
        Answered Show(Data.DataRow row, BasicComparison comparison, int index) => new(
            row.Question!,
            row.Answer,
            [("before", comparison.Before.Rows[index].Generated ?? ""), ("after", comparison.After!.Rows[index].Generated ?? "")]);
        return [.. ShownForgetRows.Select(index => Show(forget[index], report.Forget!, index)), Show(retain[0], report.Retain!, 0)];
    }

    private static void Next(Reporter reporter, DemoFolder folder)
    {
        string model = ShellText.Quote(folder.Model), adapter = ShellText.Quote(folder.Adapter);
        reporter.Line();
        reporter.Line("Ask it something yourself:");
        reporter.Line($"  {ShellText.Program} generate --model {model} --adapter {adapter} --base --template plain --prompt 'Where was Alba Alderholm born?'");
        reporter.Line("Then your own model (a Hugging Face folder) and two JSONL files, rows like {\"question\": \"…\", \"answer\": \"…\"} or {\"text\": \"…\"}:");
        reporter.Line($"  {ShellText.Program} unlearn --model DIR --forget forget.jsonl --retain retain.jsonl --out forgotten");
    }
}
