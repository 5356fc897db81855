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
    private readonly Option<int> _evalRows = OptionKinds.Whole("--eval-rows", "Rows of each file, from the first, that are scored before and after.", Defaults.Request.EvaluationRows, 1);

    /// <summary>Objective, retain term, weights.</summary>
    public IReadOnlyList<Option> Objective => _objective.All;

    /// <summary>Rank and start of the adapter, and the Fisher estimate for it.</summary>
    public IReadOnlyList<Option> Adapter => [.. _lowRank.All, .. _fisher.All];

    /// <summary>Steps, batches, rates.</summary>
    public IReadOnlyList<Option> Training => _training.All;

    /// <summary>How many rows are scored.</summary>
    public Option<int> EvaluationRows => _evalRows;

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
        EvaluationRows = invocation.Get(_evalRows),
        Compute = _compute.Read(invocation, training: true),
        Measures = new BasicRunMeasures(),
    };
}
