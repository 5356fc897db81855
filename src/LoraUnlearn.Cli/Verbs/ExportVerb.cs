using System.CommandLine;
using System.Security.Cryptography;
using LoraUnlearn.Adapters;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Work;
using LoraUnlearn.Training;

namespace LoraUnlearn.Cli.Verbs;

/// <summary>Writes an adapter anew: at a lower rank, in another type, in the form that a program loads.</summary>
internal sealed class ExportVerb : Verb
{
    private const double LargestError = 0.999;

    private readonly Option<string> _adapter = OptionKinds.RequiredInput("--adapter", "DIR", "Adapter folder to export.");
    private readonly Option<string> _out = OptionKinds.RequiredOutput("--out", PathRole.OutputFolder, "Folder to write; it must not exist, or be empty. With --format gguf also the name of a file, NAME.gguf.");
    private readonly Option<string?> _for = OptionKinds.OptionalChoice("--for", "Program that will load it, at its defaults; what that loses is printed.", [.. ExportTarget.All.Select(target => target.Name)]);
    private readonly Option<string?> _format = OptionKinds.OptionalChoice("--format", "Format to write, where no program is named: peft unless given.", "peft", "gguf");
    private readonly Option<int?> _rank = OptionKinds.OptionalWhole("--rank", "Lower rank to recompress to; the error is printed. The adapter's own unless given.", 1);
    private readonly Option<double?> _maxError = OptionKinds.OptionalNumber("--max-error", "Give each module the smallest rank whose relative error is at most this.", 0, LargestError);
    private readonly Option<string> _dtype = AdapterOutput.DTypeOption();
    private readonly Option<string?> _sign = OptionKinds.Input("--sign", "FILE", "Private key (PEM, elliptic curve) to sign the manifest with, for verify --key.");
    private readonly Option<bool> _withBase = OptionKinds.Flag("--with-base", "Write the base model as GGUF beside the adapter, in the same type.");

    private readonly Option<string?> _model = OptionKinds.Input("--model", "DIR", "Base model, for a GGUF and to measure what is lost; the one that the adapter names unless given.");
    private readonly Option<string?> _forget = OptionKinds.Input("--forget", "FILE", "JSONL file with what was to be forgotten; the one of the adapter's manifest, where it lies nearby, unless given.");
    private readonly Option<string?> _retain = OptionKinds.Input("--retain", "FILE", "JSONL file with what was to be kept; likewise.");
    private readonly Option<bool> _noMeasure = OptionKinds.Flag("--no-measure", "Do not measure what the export loses.");

    /// <summary>Creates the verb.</summary>
    public ExportVerb()
        : base("export", "Write an adapter anew: for vLLM, Ollama or llama.cpp, at a lower rank, or in another type.")
    {
        AddGroup("Options", _adapter, _out, _for, _format, _rank, _maxError, _dtype, _withBase, _sign);
        AddGroup("Base model, and measure of what is lost", _model, _forget, _retain, _noMeasure);
        AddCommon();
    }

    /// <inheritdoc/>
    public override string Details =>
        "The exported adapter belongs on the untouched base model. The error of a module is the share of its change, in the Frobenius norm, that rank and rounding lose; "
        + "where anything is lost, what that does to forgetting is measured on the first 100 rows where model and data are known, and the manifest says both.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples =>
    [
        "lora-unlearn export --adapter forgotten --for vllm --out forgotten-vllm",
        "lora-unlearn export --adapter forgotten --model models/llama --format gguf --dtype float16 --out forgotten.gguf",
        "lora-unlearn export --adapter forgotten --max-error 0.01 --dtype bfloat16 --out forgotten-small",
    ];

    /// <inheritdoc/>
    public override void Run(Invocation invocation)
    {
        using ECDsa? key = invocation.Get(_sign) is string path ? ManifestSignature.ReadKey(path, toSign: true) : null;
        ExportRequest request = new()
        {
            Adapter = invocation.Get(_adapter),
            Output = invocation.Get(_out),
            Target = ExportTarget.Choose(invocation.Get(_for), invocation.Get(_format)),
            Rank = invocation.Get(_rank),
            LargestError = invocation.Get(_maxError),
            Dtype = AdapterOutput.DType(invocation, _dtype),
            Model = invocation.Get(_model),
            WithBase = invocation.Get(_withBase),
            Key = key,
        };
        LossMeasure? Find(PeftAdapter adapter) =>
            LossMeasure.Find(request.Adapter, adapter.Config.BaseModel, request.Model, invocation.Get(_forget), invocation.Get(_retain));
        new ExportWork(invocation, request).Run(invocation.Get(_noMeasure) ? null : Find);
    }
}
