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
    private readonly Option<string> _adapter = OptionKinds.RequiredText("--adapter", "DIR", "Adapter folder to export.");
    private readonly Option<string> _out = OptionKinds.RequiredText("--out", "DIR", "Adapter folder to write; it must not exist, or be empty.");
    private readonly Option<int?> _rank = OptionKinds.OptionalWhole("--rank", "Lower rank to recompress to; the error is printed. The adapter's own unless given.", 1);
    private readonly Option<string> _dtype = AdapterOutput.DTypeOption();
    private readonly Option<string> _format = OptionKinds.Choice("--format", "Format to write.", "peft", "peft");

    /// <summary>Creates the verb.</summary>
    public ExportVerb()
        : base("export", "Write an adapter anew: at a lower rank, or in another type.")
    {
        AddGroup("Options", _adapter, _out, _rank, _dtype, _format);
        AddCommon();
    }

    /// <inheritdoc/>
    public override string Details =>
        "The exported adapter belongs on the untouched base model. The error of a module is the share of its change, in the Frobenius norm, that the lower rank loses.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples => ["lora-unlearn export --adapter forgotten --rank 8 --dtype bfloat16 --out forgotten-8"];

    /// <inheritdoc/>
    public override void Run(Invocation invocation)
    {
        string output = invocation.Get(_out);
        OutputFolder.RequireFree(output);
        using PeftAdapter adapter = PeftAdapter.Read(invocation.Get(_adapter));
        PeftExport export = PeftExport.Like([adapter.Config]) with { Dtype = AdapterOutput.DType(invocation, _dtype) };
        AdapterOutput.Write(invocation.Reporter, adapter.Factors, invocation.Get(_rank), export, output);
    }
}
