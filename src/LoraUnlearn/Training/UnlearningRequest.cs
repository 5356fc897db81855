using LoraUnlearn.Adapters;
using LoraUnlearn.Data;
using LoraUnlearn.Fisher;
using LoraUnlearn.Initialization;
using LoraUnlearn.Objectives;
using LoraUnlearn.Sessions;
using LoraUnlearn.Torch;
using LoraUnlearn.Training.Rules;

namespace LoraUnlearn.Training;

/// <summary>The whole main job: what to forget from which model, how, and where the adapter goes.</summary>
public sealed record UnlearningRequest
{
    /// <summary>The model folder.</summary>
    public required string Model { get; init; }

    /// <summary>Rows to forget.</summary>
    public required string Forget { get; init; }

    /// <summary>Rows to keep, or null.</summary>
    public string? Retain { get; init; }

    /// <summary>The folder to write; it must not exist, or hold an unfinished run to resume.</summary>
    public required string Output { get; init; }

    /// <summary>Name of the forget objective.</summary>
    public string Objective { get; init; } = "ihl";

    /// <summary>A forget objective of one's own, in place of the named one; null for that.</summary>
    public Objective? OwnObjective { get; init; }

    /// <summary>Name of the retain term; by default <c>nll</c> with a retain set and <c>none</c> without.</summary>
    public string? RetainLoss { get; init; }

    /// <summary>
    /// Parameters of the methods by name: <c>beta</c> of the objective, <c>retain.layer</c> of the retain term,
    /// <c>combiner.rate</c> of the combiner, <c>schedule.every</c> of the schedule.
    /// </summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Name of the gradient combiner.</summary>
    public string Combiner { get; init; } = "sum";

    /// <summary>What is measured of the model, and may be named by <see cref="StopWhen"/> and <see cref="KeepBest"/>.</summary>
    public required IRunMeasures Measures { get; init; }

    /// <summary>
    /// Ends the run when it is true of the measures, for example <c>forget.probability &lt; 0.1 and retain.probability &gt; 0.8</c>.
    /// </summary>
    public string? StopWhen { get; init; }

    /// <summary>
    /// A number made of the measures: the adapter at the evaluation where it is largest is exported, for example
    /// <c>retain.probability - forget.probability</c>.
    /// </summary>
    public string? KeepBest { get; init; }

    /// <summary>How the adapter starts.</summary>
    public InitialisationKind Initialisation { get; init; } = InitialisationKind.Fila;

    /// <summary>Rank r.</summary>
    public int Rank { get; init; } = 16;

    /// <summary>α.</summary>
    public double Alpha { get; init; } = 32;

    /// <summary>Whether the scale is α/√r.</summary>
    public bool RankStabilised { get; init; }

    /// <summary>Which maps are adapted.</summary>
    public IReadOnlyList<string> Targets { get; init; } = [AdapterTargets.AllLinear];

    /// <summary>Settings of the Fisher estimate.</summary>
    public FisherOptions Fisher { get; init; } = new();

    /// <summary>Rows of each set that the Fisher estimate uses, drawn with the seed; 0 for all.</summary>
    public int FisherRows { get; init; } = 512;

    /// <summary>Settings of the training loop.</summary>
    public TrainingOptions Training { get; init; } = new();

    /// <summary>How rows become token ids.</summary>
    public EncodingOptions Encoding { get; init; } = new();

    /// <summary>Name of the template, for the record.</summary>
    public string Template { get; init; } = PromptTemplate.Automatic;

    /// <summary>Keys of config.json that count as absent.</summary>
    public IReadOnlyCollection<string> IgnoredConfigKeys { get; init; } = [];

    /// <summary>Where and in which type to compute.</summary>
    public required ComputeSettings Compute { get; init; }

    /// <summary>Seed of everything random.</summary>
    public long Seed { get; init; } = 42;

    /// <summary>Steps between checkpoints; 0 for none but the first and the last.</summary>
    public int CheckpointEvery { get; init; } = 25;

    /// <summary>Whether to continue an unfinished run in <see cref="Output"/>.</summary>
    public bool Resume { get; init; }

    /// <summary>
    /// Steps between evaluations during training; 0 for none, or for one an epoch where <see cref="StopWhen"/> or
    /// <see cref="KeepBest"/> asks for them.
    /// </summary>
    public int EvaluateEvery { get; init; }

    /// <summary>Rows of each file, from the first, that are scored before and after.</summary>
    public int EvaluationRows { get; init; } = 100;

    /// <summary>Whether to keep the adapter of every checkpoint in <c>checkpoints</c>, for looking at the run afterwards.</summary>
    public bool KeepCheckpoints { get; init; }

    /// <summary>Chooses maps and weighs rows before the training; null for all maps and equal rows.</summary>
    public IRunPlan? Plan { get; init; }

    /// <summary>Watches the training, or null.</summary>
    public IRunRecorder? Recorder { get; init; }

    /// <summary>Whether to keep the training state beside the finished adapter.</summary>
    public bool KeepTrainingState { get; init; }

    /// <summary>Rank of the exported adapter; by default 2r, exact.</summary>
    public int? ExportRank { get; init; }
}
