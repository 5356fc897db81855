using System.CommandLine;
using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Work;
using LoraUnlearn.Fisher;
using LoraUnlearn.Initialization;
using LoraUnlearn.Sessions;
using LoraUnlearn.Torch;
using LoraUnlearn.Training;

namespace LoraUnlearn.Cli.Verbs;

/// <summary>Evaluates an objective and its gradient once, without a step.</summary>
internal sealed class ProbeVerb : Verb
{
    private readonly ModelOptions _model = new();
    private readonly DataOptions _data = new();
    private readonly ObjectiveOptions _objective = new(Defaults.AsDefined);
    private readonly LowRankOptions _lowRank = new();
    private readonly FisherSettings _fisher = new("--fisher", Defaults.Request.FisherRows);
    private readonly RowOptions _rows = new();
    private readonly ComputeOptions _compute = new();
    private readonly Option<int> _batchSize = OptionKinds.Whole("--batch-size", "Rows of a batch; losses are means over batches. 0: all rows of a set in one batch.", 0, 0);
    private readonly Option<string> _checkpointing = new TrainingSettings().Checkpointing;

    /// <summary>Creates the verb.</summary>
    public ProbeVerb()
        : base("probe", "Evaluate an objective and its gradient over an adapter, without a step.")
    {
        AddGroup("Options", [_model.Model, _model.Adapter, .. _data.All, _model.IgnoreConfigKey]);
        AddGroup("Objective", [.. _objective.All, _batchSize, _checkpointing]);
        AddGroup("A fresh adapter, where --adapter is not given", [.. _lowRank.All, .. _fisher.All]);
        AddGroup("Rows", _rows.All);
        AddGroup("Computation", _compute.All);
        AddCommon();
    }

    /// <inheritdoc/>
    public override string Details =>
        "Losses of the forget and retain parts are unweighted; loss and gradient_norm are of their weighted sum. Norms are over all A and B.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples =>
        ["lora-unlearn probe --model models/llama --adapter forgotten --forget forget.jsonl --retain retain.jsonl --objective ihl --json"];

    /// <inheritdoc/>
    public override string? HelpOn(string topic) => topic == ObjectiveHelp.Topic ? ObjectiveHelp.Text() : null;

    /// <inheritdoc/>
    public override void Run(Invocation invocation)
    {
        string? retainPath = invocation.Get(_data.Retain);
        long seed = invocation.Get(_compute.Seed);
        TrainingOptions asDefined = Defaults.AsDefined with
        {
            Seed = seed,
            ForgetWeight = invocation.Get(_objective.ForgetWeight) ?? Defaults.AsDefined.ForgetWeight,
            RetainWeight = invocation.Get(_objective.RetainWeight),
        };
        UnlearningRecipe recipe = UnlearningRecipe.Resolve(
            invocation.Get(_objective.Objective), invocation.Get(_objective.RetainLoss), Defaults.Request.Combiner, asDefined, _objective.Settings(invocation), retainPath is not null);
        ComputeSettings compute = _compute.Read(invocation);
        EncodingOptions encoding = _rows.Read(invocation, seed);
        using ModelSession session = ModelSession.Open(invocation.Get(_model.Model), compute, recipe.Bind, invocation.Get(_model.IgnoreConfigKey));
        EncodedData forget = session.Encode(invocation.Get(_data.Forget), encoding);
        EncodedData? retain = retainPath is null ? null : session.Encode(retainPath, encoding);
        RunNotes.OfRows(invocation.Reporter, session, forget, retain);
        using AdapterSet adapters = Adapters(invocation, session, forget, retain);
        int batchSize = invocation.Get(_batchSize);
        int longest = forget.Examples.Concat(retain?.Examples ?? []).Max(example => example.Sequence.Length);
        ProbeResult result = ObjectiveProbe.Evaluate(
            adapters,
            recipe,
            forget.Examples,
            retain?.Examples ?? [],
            batchSize,
            ActivationMemory.ShouldCheckpoint(TrainingSettings.CheckpointingOf(invocation, _checkpointing), session.Decoder, batchSize == 0 ? forget.Examples.Count : batchSize, longest));
        Report(invocation.Reporter, result);
    }

    private AdapterSet Adapters(Invocation invocation, ModelSession session, EncodedData forget, EncodedData? retain)
    {
        if (invocation.Get(_model.Adapter) is string folder)
        {
            return PeftAdapter.LoadTrainable(session.Decoder, folder);
        }

        AdapterSet adapters = _lowRank.Attach(invocation, session.Decoder);
        try
        {
            InitialisationKind kind = _lowRank.Kind(invocation);
            long seed = invocation.Get(_compute.Seed);
            using FisherResult? fisher = AdapterInitialisation.NeedsFisher(kind)
                ? FisherWork.Estimate(invocation, session.Decoder, [.. adapters.Pairs.Select(pair => pair.Map)], _fisher.Read(invocation), forget, retain, invocation.Get(_fisher.Rows), seed)
                : null;
            new AdapterInitialisation(kind, seed).Apply(adapters, fisher);
            return adapters;
        }
        catch
        {
            adapters.Dispose();
            throw;
        }
    }

    private static void Report(Reporter reporter, ProbeResult result)
    {
        TextTable table = new("", "all", "forget", "retain");
        table.Add("loss", Figures.Four(result.Loss), Figures.Four(result.ForgetLoss), Figures.Four(result.RetainLoss));
        table.Add("gradient norm", Figures.Four(result.GradientNorm), Figures.Four(result.ForgetGradientNorm), Figures.Four(result.RetainGradientNorm));
        reporter.Table(table);
        reporter.Line($"cosine of the two gradients: {Figures.Four(result.GradientCosine)}");
        TextTable modules = new("module", "gradient norm");
        JsonObject norms = [];
        foreach ((string module, double norm) in result.Modules)
        {
            modules.Add(module, Figures.Four(norm));
            norms[module] = JsonText.Number(norm);
        }

        reporter.Table(modules);
        reporter.Document(new JsonObject
        {
            ["loss"] = JsonText.Number(result.Loss),
            ["forget_loss"] = JsonText.Number(result.ForgetLoss),
            ["retain_loss"] = JsonText.Number(result.RetainLoss),
            ["gradient_norm"] = JsonText.Number(result.GradientNorm),
            ["forget_gradient_norm"] = JsonText.Number(result.ForgetGradientNorm),
            ["retain_gradient_norm"] = JsonText.Number(result.RetainGradientNorm),
            ["gradient_cosine"] = JsonText.Number(result.GradientCosine),
            ["modules"] = norms,
        });
    }
}
