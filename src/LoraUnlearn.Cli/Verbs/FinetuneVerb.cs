using System.CommandLine;
using System.Text.Json.Nodes;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Work;
using LoraUnlearn.Finetuning;
using LoraUnlearn.Training;
using static TorchSharp.torch;

namespace LoraUnlearn.Cli.Verbs;

/// <summary>Learns rows by plain NLL: an adapter, or a whole model.</summary>
internal sealed class FinetuneVerb : Verb
{
    private readonly ModelOptions _model = new();
    private readonly Option<string> _data = OptionKinds.RequiredInput("--data", "FILE", "JSONL file with what to learn.");
    private readonly Option<string> _out = OptionKinds.RequiredOutput("--out", PathRole.WorkFolder, "Adapter folder to write, or with --full the model folder; it must not exist, be empty, or hold a run to --resume.");
    private readonly Option<bool> _full = OptionKinds.Flag("--full", "Train every weight, and write a model folder in place of an adapter.");
    private readonly Option<string> _outDtype = OptionKinds.Choice("--out-dtype", "Type of the weights that --full writes; stored keeps each tensor's own.", "stored", "stored", "float32", "bfloat16", "float16");
    private readonly LowRankOptions _lowRank = new();
    private readonly FinetuningOptions _training = new();
    private readonly Option<int> _evalRows = OptionKinds.Whole("--eval-rows", "Rows, from the first, that are scored before and after.", Defaults.Request.EvaluationRows, 1);
    private readonly Option<int> _checkpointEvery = OptionKinds.Whole("--checkpoint-every", "Steps between saved states; 0 for as few as possible.", 100, 0);
    private readonly Option<bool> _resume = OptionKinds.Flag("--resume", "Continue the unfinished run of --out; the result is the same as without the break.");
    private readonly RowOptions _rows = new();
    private readonly ComputeOptions _compute = new();

    /// <summary>Creates the verb.</summary>
    public FinetuneVerb()
        : base("finetune", "Learn rows by plain NLL, as an adapter or in full: retain-only and target models.")
    {
        AddGroup("Options", _model.Model, _data, _out, _full, _outDtype, _model.IgnoreConfigKey);
        AddGroup("Adapter", _lowRank.Rank, _lowRank.Alpha, _lowRank.RankStabilised, _lowRank.Targets);
        AddGroup("Training", _training.All);
        AddGroup("Evaluation and safety", _evalRows, _checkpointEvery, _resume);
        AddGroup("Rows", _rows.Template, _rows.SpecialTokens, _rows.AppendEos, _rows.Score, _rows.MaxLength, _rows.Refusals);
        AddGroup("Computation", _compute.All);
        AddCommon();
    }

    /// <inheritdoc/>
    public override string Details =>
        "The loop is that of unlearn, with the NLL of the rows alone. An adapter starts as LoRA's do and is exact on the untouched base. "
        + "With --full every weight is trained in float32 (with gradient and optimiser four times the model in memory), and the model folder appears when it is whole; an interrupted run leaves its state in DIR.unfinished.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples =>
    [
        "lora-unlearn finetune --model models/llama --data facts.jsonl --out learned",
        "lora-unlearn finetune --model models/llama --data retain.jsonl --out retain-only --full --epochs 5",
    ];

    /// <inheritdoc/>
    public override void Run(Invocation invocation)
    {
        if (invocation.Get(_full))
        {
            RunFull(invocation);
            return;
        }

        if (invocation.IsGiven(_outDtype))
        {
            throw new InputException("--out-dtype goes with --full: an adapter's file is float32 always.");
        }

        UnlearningRequest request = new UnlearningRequest
        {
            Model = invocation.Get(_model.Model),
            Forget = invocation.Get(_data),
            Output = invocation.Get(_out),
            Rank = invocation.Get(_lowRank.Rank),
            Alpha = invocation.Get(_lowRank.Alpha),
            RankStabilised = invocation.Get(_lowRank.RankStabilised),
            Targets = _lowRank.TargetNames(invocation),
            Training = _training.Read(invocation, full: false),
            Encoding = _rows.Read(invocation, invocation.Get(_compute.Seed)),
            Template = invocation.Get(_rows.Template),
            IgnoredConfigKeys = invocation.Get(_model.IgnoreConfigKey),
            Seed = invocation.Get(_compute.Seed),
            CheckpointEvery = invocation.Get(_checkpointEvery),
            Resume = invocation.Get(_resume),
            EvaluationRows = invocation.Get(_evalRows),
            Compute = _compute.Read(invocation, training: true),
            Measures = Defaults.Request.Measures,
        }.Learning();
        UnlearningResult result = UnlearningWork.Run(invocation, request);
        Report(invocation.Reporter, "adapter", result.Adapter, result.Steps, result.Before.Forget, result.After.Forget, result.Seconds.GetValueOrDefault("training"));
        invocation.Reporter.Line($"The adapter is in {result.Adapter}; the base model is untouched.");
    }

    private void RunFull(Invocation invocation)
    {
        Option[] adapterOnly = [_lowRank.Rank, _lowRank.Alpha, _lowRank.RankStabilised, _lowRank.Targets];
        if (adapterOnly.FirstOrDefault(invocation.IsGiven) is { } given)
        {
            throw new InputException($"{given.Name} is for an adapter, and --full trains every weight; leave one of the two out.");
        }

        if (invocation.Get(_compute.DType) is not ("auto" or "float32"))
        {
            throw new InputException($"--dtype is {invocation.Get(_compute.DType)}; --full trains in float32. The type that is written is --out-dtype.");
        }

        if (invocation.Get(_compute.BasePrecision) is not ("stored" or "float32"))
        {
            throw new InputException($"--base-precision is {invocation.Get(_compute.BasePrecision)}; --full trains every weight in float32. Leave one of the two out.");
        }

        FullFinetuningRequest request = new()
        {
            Model = invocation.Get(_model.Model),
            Data = invocation.Get(_data),
            Output = invocation.Get(_out),
            Training = _training.Read(invocation, full: true),
            Encoding = _rows.Read(invocation, invocation.Get(_compute.Seed)),
            Device = _compute.Read(invocation).Device,
            Dtype = invocation.Get(_outDtype) == "stored" ? null : AdapterOutput.DType(invocation, _outDtype),
            Seed = invocation.Get(_compute.Seed),
            CheckpointEvery = invocation.Get(_checkpointEvery),
            Resume = invocation.Get(_resume),
            EvaluationRows = invocation.Get(_evalRows),
            IgnoredConfigKeys = invocation.Get(_model.IgnoreConfigKey),
        };
        FullFinetuningResult result = UnlearningWork.Run(invocation, request.Unfinished, display => FullFinetuning.Execute(request, display, invocation.Cancellation), "data");
        Report(invocation.Reporter, "model", result.Model, result.Steps, result.Before, result.After, result.Seconds);
        invocation.Reporter.Line($"The model is in {result.Model}.");
    }

    private static void Report(Reporter reporter, string kind, string folder, int steps, double before, double after, double seconds)
    {
        TextTable table = new("answer probability", "before", "after");
        table.Add("data", Figures.Three(before), Figures.Three(after));
        reporter.Line();
        reporter.Table(table);
        reporter.Line();
        reporter.Line($"{steps} steps in {Durations.Text(TimeSpan.FromSeconds(seconds))}");
        reporter.Document(new JsonObject
        {
            [kind] = folder,
            ["steps"] = steps,
            ["before"] = JsonText.Number(before),
            ["after"] = JsonText.Number(after),
            ["seconds"] = JsonText.Number(seconds),
        });
    }
}
