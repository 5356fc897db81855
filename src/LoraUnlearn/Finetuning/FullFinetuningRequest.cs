using LoraUnlearn.Objectives;
using LoraUnlearn.Optimization;
using LoraUnlearn.Sessions;
using LoraUnlearn.Training;
using static TorchSharp.torch;

namespace LoraUnlearn.Finetuning;

/// <summary>Training all weights of a model on rows, with plain NLL: what retain-only and target models are made with.</summary>
public sealed record FullFinetuningRequest
{
    /// <summary>Peak learning rate unless told otherwise: all weights move at once, so that it is far below an adapter's.</summary>
    public const double StandardLearningRate = 1e-4;

    /// <summary>The model folder. It is only read.</summary>
    public required string Model { get; init; }

    /// <summary>JSONL file of the rows to learn.</summary>
    public required string Data { get; init; }

    /// <summary>The model folder to write. Until it is whole, the state is in the folder of the same name with <c>.unfinished</c>.</summary>
    public required string Output { get; init; }

    /// <summary>Steps, batches, rates.</summary>
    public TrainingOptions Training { get; init; } = new() { LearningRate = StandardLearningRate };

    /// <summary>Template and maximum length.</summary>
    public EncodingOptions Encoding { get; init; } = new();

    /// <summary>Where to compute; in float32 always.</summary>
    public required Device Device { get; init; }

    /// <summary>Type of the written weights; null for each one's own.</summary>
    public ScalarType? Dtype { get; init; }

    /// <summary>Seed of the order of the rows.</summary>
    public long Seed { get; init; } = 42;

    /// <summary>Steps between saved states, each three times the model in float32; 0 for none but that of an interruption.</summary>
    public int CheckpointEvery { get; init; } = 100;

    /// <summary>Whether to continue an unfinished run of <see cref="Output"/>.</summary>
    public bool Resume { get; init; }

    /// <summary>Rows, from the first, that are scored before and after.</summary>
    public int EvaluationRows { get; init; } = 100;

    /// <summary>Keys of config.json that count as absent.</summary>
    public IReadOnlyCollection<string> IgnoredConfigKeys { get; init; } = [];

    /// <summary>The folder that holds the state until the model is whole.</summary>
    public string Unfinished => Path.TrimEndingDirectorySeparator(Path.GetFullPath(Output)) + ".unfinished";

    internal UnlearningRecipe Recipe() => UnlearningRecipe.Of(new NllRetainTerm(), null, new SumCombiner(), Training with { Seed = Seed });
}

/// <summary>What a finished full fine-tuning did.</summary>
/// <param name="Model">The folder of the trained model.</param>
/// <param name="Steps">Steps taken.</param>
/// <param name="Before">Mean answer probability of the first rows before the first step.</param>
/// <param name="After">The same after the last, with the weights in float32.</param>
/// <param name="Seconds">Of the training.</param>
public sealed record FullFinetuningResult(string Model, int Steps, double Before, double After, double Seconds);
