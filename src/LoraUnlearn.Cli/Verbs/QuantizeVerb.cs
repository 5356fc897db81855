using System.CommandLine;
using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Torch;

namespace LoraUnlearn.Cli.Verbs;

/// <summary>Writes a model with its linear maps quantised.</summary>
internal sealed class QuantizeVerb : Verb
{
    private readonly ModelOptions _model = new();
    private readonly Option<string> _out = OptionKinds.RequiredOutput("--out", PathRole.OutputFolder, "Model folder to write; it must not exist, or be empty.");
    private readonly Option<string> _precision = OptionKinds.Choice("--precision", "Format: NF4 with double quantisation (4.13 bits an entry), or int8 with a scale for each row.", "nf4", "nf4", "int8");
    private readonly ComputeOptions _compute = new();

    /// <summary>Creates the verb.</summary>
    public QuantizeVerb()
        : base("quantize", "Write a model with its linear maps in 4 or 8 bits.")
    {
        AddGroup("Options", _model.Model, _out, _precision, _model.IgnoreConfigKey, _compute.Threads);
        AddCommon();
    }

    /// <inheritdoc/>
    public override string Details =>
        "The folder has bitsandbytes' layout. The linear maps of the blocks are quantised; embeddings, norms and the output head stay as they are, and everything beside the weights is carried over. "
        + "The model is read one weight at a time. To quantise while loading, and write nothing, give --base-precision to the other verbs.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples =>
    [
        "lora-unlearn quantize --model models/llama --out models/llama-nf4",
        "lora-unlearn quantize --model models/llama --precision int8 --out models/llama-int8",
    ];

    /// <inheritdoc/>
    public override void Run(Invocation invocation)
    {
        string output = invocation.Get(_out), precision = invocation.Get(_precision);
        Libtorch.UseThreads(invocation.Get(_compute.Threads));
        using ModelFolder model = ModelFolder.Open(invocation.Get(_model.Model), invocation.Get(_model.IgnoreConfigKey));
        long before = model.Weights.Files.Sum(file => new FileInfo(file).Length), after;
        using (ProgressDisplay display = invocation.Reporter.Progress("Quantising", 100))
        {
            after = QuantisedCopy.Write(model, output, QuantisedPrecision.Named(precision)!.Value, new MergeOptions
            {
                Progress = (done, total) => display.Report(done * 100 / Math.Max(1, total)),
                Cancellation = invocation.Cancellation,
            });
        }

        invocation.Reporter.Line($"The model in {precision} is in {output}; its weights take {Figures.Three(after / 1e6)} MB, and took {Figures.Three(before / 1e6)} MB.");
        invocation.Reporter.Document(new JsonObject { ["out"] = output, ["precision"] = precision, ["bytes"] = after, ["bytes_before"] = before });
    }
}
