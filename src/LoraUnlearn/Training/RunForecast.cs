using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Initialization;
using LoraUnlearn.Models;
using LoraUnlearn.Sessions;
using LoraUnlearn.Torch;
using LoraUnlearn.Training.Rules;

namespace LoraUnlearn.Training;

/// <summary>
/// What a run will do, from the configuration, the headers of the weights, the tokenizer and the rows: no weight is read. What
/// <see cref="UnlearningRun"/> would refuse of them is refused here.
/// </summary>
public sealed class RunForecast
{
    private RunForecast(UnlearningRequest request, DecoderSpec spec, RowEncoding rows, EncodedData forget, EncodedData? retain)
    {
        (Request, Spec, Rows, Forget, Retain) = (request, spec, rows, forget, retain);
    }

    /// <summary>What was asked for.</summary>
    public UnlearningRequest Request { get; }

    /// <summary>The architecture.</summary>
    public DecoderSpec Spec { get; }

    /// <summary>The model's way of encoding rows: its special tokens, its template.</summary>
    public RowEncoding Rows { get; }

    /// <summary>The rows to forget.</summary>
    public EncodedData Forget { get; }

    /// <summary>The rows to keep, or null.</summary>
    public EncodedData? Retain { get; }

    /// <summary>Linear maps that carry an adapter.</summary>
    public required int Maps { get; init; }

    /// <summary>Optimiser steps.</summary>
    public required int Steps { get; init; }

    /// <summary>Share of the training positions that are padding, over the first epoch.</summary>
    public required double PaddingWaste { get; init; }

    /// <summary>Whether blocks are recomputed in the backward pass, to save memory.</summary>
    public required bool Checkpointing { get; init; }

    /// <summary>What it will take.</summary>
    public required WorkEstimate Work { get; init; }

    /// <summary>What was decided about model and rows and is worth saying, a line each.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Looks ahead.</summary>
    /// <param name="request">What to do.</param>
    /// <exception cref="InputException">A run would refuse it.</exception>
    public static RunForecast Of(UnlearningRequest request) => Of(request, UnlearningRecipe.Resolve(request), TrainingRules.Read(request));

    internal static RunForecast Of(UnlearningRequest request, UnlearningRecipe recipe, TrainingRules rules)
    {
        using ModelFolder folder = ModelFolder.Open(request.Model, request.IgnoredConfigKeys);
        DecoderSpec spec = CheckpointFit.Check(folder);
        recipe.Bind(spec);
        if (request.Initialisation == InitialisationKind.Loftq && request.Compute.Base is not (BasePrecision.FourBit or BasePrecision.EightBit))
        {
            throw new InputException(AdapterInitialisation.NeedsOriginal);
        }

        RowEncoding rows = new(folder, spec);
        EncodedData forget = rows.Encode(request.Forget, request.Encoding);
        EncodedData? retain = request.Retain is null ? null : rows.Encode(request.Retain, request.Encoding);
        request.Measures.Check(rules.Names, rows, forget, retain);

        ModuleNames names = ModuleNames.Of(spec);
        Dictionary<string, IReadOnlyList<long>> shapes = DecoderTensors.Of(spec).ToDictionary(tensor => tensor.Name, tensor => tensor.Shape, StringComparer.Ordinal);
        (string Name, long Input, long Output)[] maps = [.. AdapterTargets.Select(names.All, request.Targets).Select(name => Widths(name, shapes[name + ".weight"], spec))];
        AdapterSet.Check(maps, request.Rank, request.Alpha);
        int lowest = names.All.ToList().IndexOf(maps[0].Name) / (names.All.Count / spec.Layers);
        TrainingOptions training = recipe.Training;
        Compatibility.CheckUse(recipe.Forget, lowest, forget.Examples, forget.Path);
        if (recipe.Retain is not null)
        {
            Compatibility.CheckUse(recipe.Retain, lowest, retain!.Examples, retain.Path);
        }

        StepBatches batches = new(recipe.Forget, forget.Examples, recipe.Retain, recipe.Retain is null ? [] : retain!.Examples, training);
        int steps = batches.TotalSteps(training), micros = steps * training.Accumulate;
        bool recomputes = ActivationMemory.ShouldCheckpoint(training.Checkpointing, spec, request.Compute, batches.Rows, batches.Longest);
        return new RunForecast(request, spec, rows, forget, retain)
        {
            Maps = maps.Length,
            Steps = steps,
            PaddingWaste = batches.PaddingWaste(micros),
            Checkpointing = recomputes,
            Work = WorkEstimate.Of(request, recipe, spec, maps.Sum(map => request.Rank * (map.Input + map.Output)), batches, micros, recomputes, forget, retain, BaseSize.Of(folder, spec, request.Compute)),
            Notes = [.. Said(folder, spec, rows, forget, retain)],
        };
    }

    private static IEnumerable<string> Said(ModelFolder folder, DecoderSpec spec, RowEncoding rows, EncodedData forget, EncodedData? retain)
    {
        foreach (string warning in rows.Tokenizer is null ? [] : rows.Special.Warnings)
        {
            yield return warning;
        }

        if (TiedHead.UnusedHead(folder.Weights, spec) is { } head)
        {
            yield return $"{folder.Path}: config.json ties the output head to the embedding; the file's own {head} is left out, as in transformers.";
        }

        foreach (EncodedData data in retain is null ? [forget] : new[] { forget, retain })
        {
            foreach (string note in data.Notes)
            {
                yield return note;
            }

            if (data.TruncatedRows > 0)
            {
                yield return $"{data.TruncatedRows} rows of {data.Path} were cut to the maximum length; raise it with --max-length.";
            }
        }
    }

    private static (string Name, long Input, long Output) Widths(string name, IReadOnlyList<long> shape, DecoderSpec spec) =>
        spec.TransposedWeights ? (name, shape[0], shape[1]) : (name, shape[1], shape[0]);
}
