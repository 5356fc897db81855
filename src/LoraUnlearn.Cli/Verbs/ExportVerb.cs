using System.CommandLine;
using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Work;

namespace LoraUnlearn.Cli.Verbs;

/// <summary>Writes an adapter anew: at a lower rank, in another type.</summary>
internal sealed class ExportVerb : Verb
{
    private const double Negligible = 1e-3;

    private readonly Option<string> _adapter = OptionKinds.RequiredInput("--adapter", "DIR", "Adapter folder to export.");
    private readonly Option<string> _out = OptionKinds.RequiredOutput("--out", PathRole.OutputFolder, "Adapter folder to write; it must not exist, or be empty.");
    private readonly Option<int?> _rank = OptionKinds.OptionalWhole("--rank", "Lower rank to recompress to; the error is printed. The adapter's own unless given.", 1);
    private readonly Option<string> _dtype = AdapterOutput.DTypeOption();
    private readonly Option<string> _format = OptionKinds.Choice("--format", "Format to write.", "peft", "peft");

    private readonly Option<string?> _model = OptionKinds.Input("--model", "DIR", "Base model, to measure what a lower rank does; the one that the adapter names unless given.");
    private readonly Option<string?> _forget = OptionKinds.Input("--forget", "FILE", "JSONL file with what was to be forgotten; the one of the adapter's manifest, where it lies nearby, unless given.");
    private readonly Option<string?> _retain = OptionKinds.Input("--retain", "FILE", "JSONL file with what was to be kept; likewise.");
    private readonly Option<bool> _noMeasure = OptionKinds.Flag("--no-measure", "Do not measure what a lower rank does.");

    /// <summary>Creates the verb.</summary>
    public ExportVerb()
        : base("export", "Write an adapter anew: at a lower rank, or in another type.")
    {
        AddGroup("Options", _adapter, _out, _rank, _dtype, _format);
        AddGroup("Measure of a lower rank", _model, _forget, _retain, _noMeasure);
        AddCommon();
    }

    /// <inheritdoc/>
    public override string Details =>
        "The exported adapter belongs on the untouched base model. The error of a module is the share of its change, in the Frobenius norm, that the lower rank loses; "
        + "what that does to forgetting is measured on the first 100 rows where model and data are known.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples => ["lora-unlearn export --adapter forgotten --rank 8 --dtype bfloat16 --out forgotten-8"];

    /// <inheritdoc/>
    public override void Run(Invocation invocation)
    {
        string output = invocation.Get(_out);
        using PeftAdapter adapter = PeftAdapter.Read(invocation.Get(_adapter));
        PeftExport export = PeftExport.Like([adapter.Config]) with { Dtype = AdapterOutput.DType(invocation, _dtype) };
        AdapterOutput.Write(invocation.Reporter, adapter.Factors, invocation.Get(_rank), export, output, (lower, error) => Measure(invocation, adapter, lower, error));
    }

    private JsonObject? Measure(Invocation invocation, PeftAdapter adapter, AdapterFactors lower, double error)
    {
        if (error < Negligible || invocation.Get(_noMeasure))
        {
            return null;
        }

        LossMeasure? measure = LossMeasure.Find(invocation.Get(_adapter), adapter.Config.BaseModel, invocation.Get(_model), invocation.Get(_forget), invocation.Get(_retain));
        if (measure is null)
        {
            invocation.Reporter.Warn($"rank {lower.Rank} loses {Figures.Three(error)} of the change; what that does to forgetting is not measured without --model DIR and --forget FILE.");
            return null;
        }

        return measure.Report(invocation, adapter.Factors, lower);
    }
}
