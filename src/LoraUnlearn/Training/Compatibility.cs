using LoraUnlearn.Adapters;
using LoraUnlearn.Data;
using LoraUnlearn.Models;
using LoraUnlearn.Objectives;
using LoraUnlearn.Optimization;

namespace LoraUnlearn.Training;

/// <summary>What does not go together, and why: methods with each other, and an objective with adapter and rows.</summary>
internal static class Compatibility
{
    private static readonly TrainingOptions Standard = new();

    /// <exception cref="InputException">
    /// Combiner or schedule need a retain term that is not there, or ignore weights that were given; or an objective asks for what
    /// excludes itself.
    /// </exception>
    public static void CheckMethods(Objective forget, Objective? retain, ForgetRetainCombiner combiner, TrainingOptions options)
    {
        bool hasRetainTerm = retain is not null;
        CheckLabels(forget);
        if (retain is not null)
        {
            CheckLabels(retain);
        }

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

    /// <param name="objective">Told of the model.</param>
    /// <param name="adapters">What it is differentiated by.</param>
    /// <param name="examples">The rows it is computed on.</param>
    /// <param name="path">Their file, for messages; or null.</param>
    /// <exception cref="InputException">Nothing below the objective's layer is adapted, or a row lacks its alternate.</exception>
    public static void CheckUse(Objective objective, AdapterSet adapters, IReadOnlyList<Example> examples, string? path = null) =>
        CheckUse(objective, adapters.LowestBlock, examples, path);

    /// <summary>The same by the lowest block that is adapted.</summary>
    public static void CheckUse(Objective objective, int lowestBlock, IReadOnlyList<Example> examples, string? path)
    {
        CheckRows(objective, examples, path);
        if (objective is HiddenObjective hidden && hidden.Layer <= lowestBlock)
        {
            throw new InputException(
                $"{objective.Name}: no map below hidden state {hidden.Layer} is adapted, so nothing could change it; raise its layer above {lowestBlock}, or adapt lower maps with --targets.");
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

    private static void CheckLabels(Objective objective)
    {
        bool replaced = objective.Labels is LabelSource.Random or LabelSource.ReferenceRunnerUp;
        if (replaced && (objective.Needs & (ObjectiveNeeds.ReferenceLogProbabilities | ObjectiveNeeds.Alternate)) != 0)
        {
            throw new InputException($"Objective '{objective.Name}' replaces the labels and asks for the reference's probability of the data's, or for alternates; one excludes the other.");
        }
    }
}
