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
    /// <summary>The base: a Hugging Face folder with config.json and safetensors. It is only read.</summary>
    public required string Model { get; init; }

    /// <summary>
    /// Adapter folders that the model carries already. The new adapter is trained on top of them, and works together with them:
    /// their sum is what was measured.
    /// </summary>
    public IReadOnlyList<string> Adapters { get; init; } = [];

    /// <summary>JSONL file of the rows to forget: questions with answers, plain text, or token ids.</summary>
    public required string Forget { get; init; }

    /// <summary>JSONL file of the rows to keep; null for none, which rules out retain terms and what needs them.</summary>
    public string? Retain { get; init; }

    /// <summary>The adapter folder to write: new, empty, or with <see cref="Resume"/> one that holds a run of the same settings.</summary>
    public required string Output { get; init; }

    /// <summary>Name of L_f in <see cref="ObjectiveCatalog.ForgetObjectives"/>. The inverted hinge loss is LoKU's (arXiv 2408.06621).</summary>
    public string Objective { get; init; } = "ihl";

    /// <summary>A forget objective of one's own, in place of the named one; null for that.</summary>
    public Objective? OwnObjective { get; init; }

    /// <summary>Whether the rows of <see cref="Forget"/> are learned, not forgotten: its record calls them <c>data</c>. See <see cref="Learning"/>.</summary>
    public bool IsFinetuning { get; init; }

    /// <summary>Name of L_r in <see cref="ObjectiveCatalog.RetainTerms"/>; null: <c>nll</c> with a retain set, <c>none</c> without.</summary>
    public string? RetainLoss { get; init; }

    /// <summary>
    /// Parameters of the methods by name: <c>beta</c> of the objective, <c>retain.layer</c> of the retain term,
    /// <c>combiner.rate</c> of the combiner, <c>schedule.every</c> of the schedule.
    /// </summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Name in <see cref="Optimization.Combiners.All"/> of what makes one direction of the gradients of L_f and L_r.</summary>
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

    /// <summary>How A and B start (METHODS §4); only FILA needs the Fisher estimate.</summary>
    public InitialisationKind Initialisation { get; init; } = InitialisationKind.Fila;

    /// <summary>Rank r, at most the smaller width of every adapted map.</summary>
    public int Rank { get; init; } = 16;

    /// <summary>α, above 0; the change of a map is scaled by α/r.</summary>
    public double Alpha { get; init; } = 32;

    /// <summary>Whether the scale is α/√r in place of α/r (rsLoRA, arXiv 2312.03732).</summary>
    public bool RankStabilised { get; init; }

    /// <summary>Names, endings of names or <see cref="AdapterTargets.AllLinear"/>: the maps that get an adapter.</summary>
    public IReadOnlyList<string> Targets { get; init; } = [AdapterTargets.AllLinear];

    /// <summary>How the Fisher information for FILA is estimated; unused by other initialisations.</summary>
    public FisherOptions Fisher { get; init; } = new();

    /// <summary>Rows of each set that the Fisher estimate uses, drawn with the seed; 0 for all.</summary>
    public int FisherRows { get; init; } = 512;

    /// <summary>Steps, batches, rates and weights. Its seed is not looked at: <see cref="Seed"/> takes its place.</summary>
    public TrainingOptions Training { get; init; } = new();

    /// <summary>Template, maximum length and replacement answers.</summary>
    public EncodingOptions Encoding { get; init; } = new();

    /// <summary>What the manifest calls the template of <see cref="Encoding"/>; nothing else reads it.</summary>
    public string Template { get; init; } = PromptTemplate.Automatic;

    /// <summary>Keys of config.json that count as absent.</summary>
    public IReadOnlyCollection<string> IgnoredConfigKeys { get; init; } = [];

    /// <summary>Device, and type of the frozen weights; adapter, losses and statistics are float32 always.</summary>
    public required ComputeSettings Compute { get; init; }

    /// <summary>Seed of initialisation, order of rows, samples and drawn labels: the same seed gives the same bytes on the same machine.</summary>
    public long Seed { get; init; } = 42;

    /// <summary>Steps between saved states, which a kill can cost; 0 for none but the first and the last.</summary>
    public int CheckpointEvery { get; init; } = 25;

    /// <summary>Whether to continue an unfinished run in <see cref="Output"/>.</summary>
    public bool Resume { get; init; }

    /// <summary>
    /// Steps between evaluations during training; 0 for none, or for one an epoch where <see cref="StopWhen"/> or
    /// <see cref="KeepBest"/> asks for them.
    /// </summary>
    public int EvaluateEvery { get; init; }

    /// <summary>Rows of each file, from the first, that are scored before, during and after: they cost time at every evaluation.</summary>
    public int EvaluationRows { get; init; } = 100;

    /// <summary>Whether to keep the adapter of every checkpoint in <c>checkpoints</c>, for looking at the run afterwards.</summary>
    public bool KeepCheckpoints { get; init; }

    /// <summary>Chooses maps and weighs rows before the training; null for all maps and equal rows.</summary>
    public IRunPlan? Plan { get; init; }

    /// <summary>Watches the training, or null.</summary>
    public IRunRecorder? Recorder { get; init; }

    /// <summary>Whether to keep the training state beside the finished adapter.</summary>
    public bool KeepTrainingState { get; init; }

    /// <summary>The same request to learn its rows: plain NLL, and an adapter that starts as LoRA's do, exact on the untouched base.</summary>
    public UnlearningRequest Learning() => this with
    {
        IsFinetuning = true,
        Objective = NllRetainTerm.Entry.Name,
        OwnObjective = new NllRetainTerm(),
        Initialisation = InitialisationKind.Lora,
        RetainLoss = "none",
    };

    /// <summary>Rank of the exported adapter, by truncated SVD; null for one that is exact: r, or 2r with a frozen offset.</summary>
    public int? ExportRank { get; init; }
}
