using LoraUnlearn.Adapters;
using LoraUnlearn.Data;
using LoraUnlearn.Models;
using LoraUnlearn.Objectives;
using LoraUnlearn.Optimization;

namespace LoraUnlearn.Training;

/// <summary>Refuses what does not go together, with the reason, before any work is done.</summary>
internal static class Compatibility
{
    private static readonly TrainingOptions Standard = new();

    /// <summary>Checks the combiner and the schedule against the losses.</summary>
    /// <exception cref="InputException">They need a retain term that is not there, or ignore weights that were given.</exception>
    public static void CheckMethods(ForgetRetainCombiner combiner, bool hasRetainTerm, TrainingOptions options)
    {
        if (combiner.NeedsRetainTerm && !hasRetainTerm)
        {
            throw new InputException($"--combiner {combiner.Name} combines the gradients of two losses, and there is no retain term; give --retain and --retain-loss, or use --combiner sum.");
        }

        if (options.Schedule == ScheduleKind.Gen && !hasRetainTerm)
        {
            throw new InputException("--schedule gen fits the retain loss along each step, and there is no retain term; give --retain and --retain-loss, or use another --schedule.");
        }

        if (!combiner.UsesWeights && (options.ForgetWeight is not (null or 1) || options.RetainWeight != Standard.RetainWeight))
        {
            throw new InputException($"--combiner {combiner.Name} normalises both gradients, so --forget-weight and --retain-weight have no effect; leave them out, or use --combiner sum.");
        }
    }

    /// <summary>Tells an objective of the model and checks it against the adapter and the rows.</summary>
    /// <exception cref="InputException">The layer does not exist or nothing below it is adapted, or a row lacks its alternate.</exception>
    public static void BindObjective(Objective objective, AdapterSet adapters, IReadOnlyList<Example> examples, long seed, string? path = null) =>
        BindObjective(objective, adapters.Decoder.Spec, adapters.LowestBlock, examples, seed, path);

    /// <summary>The same by the architecture and the lowest block that is adapted.</summary>
    /// <exception cref="InputException">The layer does not exist or nothing below it is adapted, or a row lacks its alternate.</exception>
    public static void BindObjective(Objective objective, DecoderSpec spec, int lowestBlock, IReadOnlyList<Example> examples, long seed, string? path)
    {
        CheckRows(objective, examples, path);
        objective.Bind(spec, seed);
        if (objective is HiddenObjective hidden && hidden.Layer <= lowestBlock)
        {
            throw new InputException(
                $"{objective.Name}: no map below hidden state {hidden.Layer} is adapted, so nothing could change it; raise its layer above {lowestBlock}, or adapt lower maps with --targets.");
        }

        bool replaced = objective.Labels is LabelSource.Random or LabelSource.ReferenceRunnerUp;
        if (replaced && (objective.Needs & (ObjectiveNeeds.ReferenceLogProbabilities | ObjectiveNeeds.Alternate)) != 0)
        {
            throw new InputException($"Objective '{objective.Name}' replaces the labels and asks for the reference's probability of the data's, or for alternates; one excludes the other.");
        }
    }

    internal static void CheckRows(Objective objective, IReadOnlyList<Example> examples, string? path)
    {
        if (objective.NeedsAlternate && examples.FirstOrDefault(example => example.Alternate is null) is { } row)
        {
            string place = path is null ? "" : $"{path}, ";
            throw new InputException(
                $"{place}line {row.Row.Line}: the row has no replacement answer, which --objective {objective.Name} needs; add \"alternate\" to each row, or give --refusals FILE.");
        }
    }
}
