using System.CommandLine;
using LoraUnlearn.Cli.Verbs;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Training;

namespace LoraUnlearn.Cli.Options;

/// <summary>How to unlearn, whatever and from whichever model: objective, adapter, training, rows and computation.</summary>
internal sealed class RecipeOptions
{
    private readonly ObjectiveOptions _objective = new(Defaults.Training);
    private readonly LowRankOptions _lowRank = new();
    private readonly FisherSettings _fisher = new("--fisher", Defaults.Request.FisherRows);
    private readonly TrainingSettings _training = new();
    private readonly RowOptions _rows = new();
    private readonly ComputeOptions _compute = new();
    private readonly Option<int> _evalEvery = OptionKinds.Whole("--eval-every", "Steps between evaluations during training; 0 for none, or one an epoch for --stop-when and --keep-best.", Defaults.Request.EvaluateEvery, 0);
    private readonly Option<string?> _stopWhen = OptionKinds.Text(
        "--stop-when", "EXPR", "End the run when this is true at an evaluation, like 'forget.probability < 0.1 and retain.probability > 0.8'.");
    private readonly Option<string?> _keepBest = OptionKinds.Text(
        "--keep-best", "EXPR", "Export the adapter of the evaluation where this number is largest, like 'retain.probability - forget.probability'.");
    private readonly Option<int> _evalRows = OptionKinds.Whole("--eval-rows", "Rows of each file, from the first, that are scored before and after.", Defaults.Request.EvaluationRows, 1);

    /// <summary>Objective, retain term, weights.</summary>
    public IReadOnlyList<Option> Objective => _objective.All;

    /// <summary>Rank and start of the adapter, and the Fisher estimate for it.</summary>
    public IReadOnlyList<Option> Adapter => [.. _lowRank.All, .. _fisher.All];

    /// <summary>Steps, batches, rates.</summary>
    public IReadOnlyList<Option> Training => _training.All;

    /// <summary>What is measured on the way, and what comes of it.</summary>
    public IReadOnlyList<Option> Evaluation => [_evalEvery, _evalRows, _stopWhen, _keepBest];

    /// <summary>How rows become token ids.</summary>
    public IReadOnlyList<Option> Rows => _rows.All;

    /// <summary>Device, type, threads, seed.</summary>
    public IReadOnlyList<Option> Computation => _compute.All;

    /// <summary>A request with these settings, and no model, data and output yet.</summary>
    /// <param name="invocation">The command line.</param>
    /// <exception cref="InputException">An option does not go with another, or names what is not there.</exception>
    public UnlearningRequest Request(Invocation invocation) => new()
    {
        Model = "",
        Forget = "",
        Output = "",
        Objective = invocation.Get(_objective.Objective),
        RetainLoss = invocation.Get(_objective.RetainLoss),
        Settings = _objective.Settings(invocation),
        Combiner = invocation.Get(_training.Combiner),
        Initialisation = _lowRank.Kind(invocation),
        Rank = invocation.Get(_lowRank.Rank),
        Alpha = invocation.Get(_lowRank.Alpha),
        RankStabilised = invocation.Get(_lowRank.RankStabilised),
        Targets = _lowRank.TargetNames(invocation),
        Fisher = _fisher.Read(invocation),
        FisherRows = invocation.Get(_fisher.Rows),
        Training = _training.Read(invocation, _objective),
        Encoding = _rows.Read(invocation, invocation.Get(_compute.Seed)),
        Template = invocation.Get(_rows.Template),
        Seed = invocation.Get(_compute.Seed),
        EvaluateEvery = invocation.Get(_evalEvery),
        EvaluationRows = invocation.Get(_evalRows),
        StopWhen = invocation.Get(_stopWhen),
        KeepBest = invocation.Get(_keepBest),
        Compute = _compute.Read(invocation, training: true),
        Measures = new BasicRunMeasures(),
    };
}
