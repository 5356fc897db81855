using System.CommandLine;
using LoraUnlearn.Cli.Configuration;
using LoraUnlearn.Cli.Verbs;
using LoraUnlearn.Training;

namespace LoraUnlearn.Cli.Options;

/// <summary>Everything that an unlearning run is asked for but its folder.</summary>
internal sealed class RunOptions
{
    private readonly ModelOptions _model = new();
    private readonly DataOptions _data = new();
    private readonly Option<string[]> _adapters = OptionKinds.Inputs("--adapter", "DIR", "Adapter folder (PEFT) that the model carries already; the new adapter is trained on top of it and works together with it.");
    private readonly RecipeOptions _recipe = new();
    private readonly Option<int> _checkpointEvery = OptionKinds.Whole(
        "--checkpoint-every", "Steps between saved states; 0 for the first and the last only.", Defaults.Request.CheckpointEvery, 0);
    private readonly Option<bool> _resume = OptionKinds.Flag("--resume", "Continue the unfinished run in --out; the result is the same as without the break.");
    private readonly Option<bool> _keepCheckpoints = OptionKinds.Flag("--keep-checkpoints", "Keep the adapter of every checkpoint in DIR/checkpoints, for geffect --run DIR.");
    private readonly PlanOptions _plan = new();
    private readonly Option<bool> _keepTrainingState = OptionKinds.Flag("--keep-training-state", "Keep the training state beside the finished adapter.");
    private readonly Option<string?> _preset = OptionKinds.Text(
        "--preset", "NAME", $"A method of the field with its settings: {string.Join(", ", Presets.Names)}. Other options win over it.");
    private readonly Option<bool> _show = OptionKinds.Flag("--show", "Print the preset's settings and do nothing else.");
    private readonly Option<int?> _exportRank = OptionKinds.OptionalWhole("--export-rank", "Rank of the exported adapter; unless given as large as it takes to be exact.", 1);

    /// <summary>A method of the field with its settings.</summary>
    public Option<string?> Preset => _preset;

    /// <summary>Prints the preset.</summary>
    public Option<bool> Show => _show;

    /// <summary>The options in groups, as the help shows them.</summary>
    /// <param name="output">The option of the folder, which stands with model and data; null where nothing is written.</param>
    public IEnumerable<OptionGroup> Groups(Option? output) =>
    [
        new("Options", [_model.Model, _adapters, .. _data.All, .. output is null ? [] : new[] { output }, _model.IgnoreConfigKey]),
        new("Objective", [.. _recipe.Objective, _preset, _show]),
        new("Adapter", [.. _recipe.Adapter, _exportRank]),
        new("Training", _recipe.Training),
        new("Evaluation and safety", [.. _recipe.Evaluation, _checkpointEvery, _resume, _keepTrainingState, _keepCheckpoints]),
        new("Gradient effect", _plan.All),
        new("Rows", _recipe.Rows),
        new("Computation", _recipe.Computation),
    ];

    /// <summary>The request.</summary>
    /// <param name="invocation">The command line.</param>
    /// <param name="output">The folder.</param>
    /// <exception cref="InputException">An option does not go with another, or names what is not there.</exception>
    public UnlearningRequest Request(Invocation invocation, string output) => _recipe.Request(invocation) with
    {
        Model = invocation.Get(_model.Model),
        Adapters = invocation.Get(_adapters),
        Forget = invocation.Get(_data.Forget),
        Retain = invocation.Get(_data.Retain),
        Output = output,
        IgnoredConfigKeys = invocation.Get(_model.IgnoreConfigKey),
        CheckpointEvery = invocation.Get(_checkpointEvery),
        Resume = invocation.Get(_resume),
        KeepTrainingState = invocation.Get(_keepTrainingState),
        KeepCheckpoints = invocation.Get(_keepCheckpoints),
        Plan = _plan.ReadPlan(invocation),
        Recorder = _plan.ReadRecorder(invocation),
        ExportRank = invocation.Get(_exportRank),
    };
}
