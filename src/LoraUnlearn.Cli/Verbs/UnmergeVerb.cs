using System.CommandLine;
using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Work;

namespace LoraUnlearn.Cli.Verbs;

/// <summary>Takes adapters out of a model that they were merged into.</summary>
internal sealed class UnmergeVerb : Verb
{
    private const int Shown = 5;

    private readonly ModelOptions _model = new();
    private readonly Option<string[]> _adapter = OptionKinds.Inputs("--adapter", "DIR", "Adapter folder (PEFT) that was merged, or DIR:WEIGHT, as in the merge.");
    private readonly Option<string?> _base = OptionKinds.Input("--base", "DIR", "The model that it was merged into. What is its merge becomes it again, bit for bit; without it the change is subtracted.");
    private readonly Option<string> _out = OptionKinds.RequiredOutput("--out", PathRole.OutputFolder, "Model folder to write; it must not exist, or be empty.");
    private readonly MergeRoundingOptions _rounding = new();

    /// <summary>Creates the verb.</summary>
    public UnmergeVerb()
        : base("unmerge", "Take adapters out of a model that they were merged into.")
    {
        _adapter.Required = true;
        AddGroup("Options", _model.Model, _model.IgnoreConfigKey, _adapter, _base, _out);
        AddGroup("The merge's rounding, with --base", _rounding.Rounding, _rounding.Seed);
        AddCommon();
    }

    /// <inheritdoc/>
    public override string Details =>
        "With --base, each weight of --model is compared with the merge of the base's. Where they agree the base's is written; where the model was changed afterwards, the adapter's change is subtracted and the rest stays. "
        + "Without it the change is subtracted everywhere, and the result is within one rounding of the base.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples =>
    [
        "lora-unlearn unmerge --model merged --adapter forgotten --out restored",
        "lora-unlearn unmerge --model merged --adapter forgotten --base models/llama --out restored",
    ];

    /// <inheritdoc/>
    public override void Run(Invocation invocation)
    {
        string output = invocation.Get(_out);
        using LoadedAdapters adapters = AdapterFolders.Read(invocation.Get(_adapter));
        using ModelFolder merged = ModelFolder.Open(invocation.Get(_model.Model), invocation.Get(_model.IgnoreConfigKey));
        using ModelFolder? original = invocation.Get(_base) is string path ? ModelFolder.Open(path) : null;
        UnmergeResult result;
        using (ProgressDisplay display = invocation.Reporter.Progress("Unmerging", 100))
        {
            MergeOptions options = _rounding.Read(invocation, display);
            result = original is null
                ? AdapterUnmerge.Write(merged, adapters.Weighted, output, options with { RoundsAtRandom = false })
                : AdapterUnmerge.Write(merged, adapters.Weighted, original, output, options);
        }

        Reporter reporter = invocation.Reporter;
        if (original is null)
        {
            reporter.Line($"The change was subtracted from {result.Subtracted.Count} weights; they are within one rounding of what they were. With --base they are that, bit for bit.");
        }
        else
        {
            reporter.Line($"{result.Restored.Count} merged weights are the base's again, bit for bit.");
            Warn(reporter, result.Subtracted, "are no merge of the base's (another weight or rounding, or changed since): the change was subtracted from what is there");
            Warn(reporter, result.Others, "that no adapter changes are not the base's, and were kept");
        }

        reporter.Line($"The model is in {output}.");
        reporter.Document(new JsonObject
        {
            ["out"] = output,
            ["restored"] = Names(result.Restored),
            ["subtracted"] = Names(result.Subtracted),
            ["others"] = Names(result.Others),
        });
    }

    private static void Warn(Reporter reporter, IReadOnlyList<string> names, string what)
    {
        if (names.Count > 0)
        {
            string more = names.Count > Shown ? $" and {names.Count - Shown} more" : "";
            reporter.Warn($"{names.Count} tensors {what}: {string.Join(", ", names.Take(Shown))}{more}.");
        }
    }

    private static JsonArray Names(IEnumerable<string> names) => new([.. names.Select(name => (JsonNode?)JsonValue.Create(name))]);
}
