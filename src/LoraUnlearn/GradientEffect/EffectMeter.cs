using LoraUnlearn.Adapters;
using LoraUnlearn.Data;
using LoraUnlearn.Models;
using LoraUnlearn.Objectives;
using LoraUnlearn.Training;

namespace LoraUnlearn.GradientEffect;

/// <summary>
/// Measures the G-effect (METHODS §9; arXiv 2502.19301) over whole sets, token-weighted, by linear map and by row. Exact: no
/// sampling, no running averages.
/// </summary>
public sealed class EffectMeter
{
    private readonly AdapterSet _adapters;
    private readonly UnlearningStep _heads;
    private readonly EffectOptions _options;
    private readonly HashSet<LinearMap> _wanted;

    /// <summary>Prepares measurements.</summary>
    /// <param name="adapters">The adapter on the model; switched off, it stands for none and its base is measured.</param>
    /// <param name="options">Settings.</param>
    /// <exception cref="InputException">There is nothing to differentiate by.</exception>
    public EffectMeter(AdapterSet adapters, EffectOptions options)
    {
        Decoder decoder = adapters.Decoder;
        _adapters = adapters;
        _options = options;
        _heads = new UnlearningStep(adapters, new ReferenceModel(adapters), checkpoint: false, options.Seed);
        if (options.LastLayers is { } last && (last < 1 || last > decoder.Blocks.Count))
        {
            throw new InputException($"The last {last} layers were asked for; the model has {decoder.Blocks.Count}, so expected 1 to {decoder.Blocks.Count}.");
        }

        int lowest = decoder.Blocks.Count - (options.LastLayers ?? decoder.Blocks.Count);
        _wanted = decoder.Blocks.Skip(lowest).SelectMany(block => block.Maps).Where(map => ParameterFactors.Has(map, options.Parameters)).ToHashSet();
        if (_wanted.Count == 0)
        {
            throw new InputException($"No map of the last {options.LastLayers} layers is adapted, so there is nothing to differentiate by; ask for more layers, or for the full weights.");
        }
    }

    /// <summary>Measures some objectives at the parameters as they are.</summary>
    /// <param name="objectives">The objectives, told of the model (<see cref="Objective.Bind"/>), on the forget set.</param>
    /// <param name="forget">D_forget.</param>
    /// <param name="retain">D_retain.</param>
    /// <param name="retainTerms">Retain terms, told of the model too, on the retain set, measured as if they were objectives; null for none. They come last.</param>
    /// <param name="step">Steps of the run that led here, or null.</param>
    /// <param name="progress">Told after every pass, or null.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="InputException">An objective does not fit the model or the rows, or has no scored token.</exception>
    /// <exception cref="WorkFailedException">A product is not finite.</exception>
    public EffectMeasurement Measure(IReadOnlyList<Objective> objectives, IReadOnlyList<Example> forget, IReadOnlyList<Example> retain, IReadOnlyList<Objective>? retainTerms = null, int? step = null, IProgress<EffectProgress>? progress = null, CancellationToken cancellation = default)
    {
        RequireTokens("The forget set", forget.Select(example => example.Sequence));
        RequireTokens("The retain set", retain.Select(example => example.Sequence));
        int lowest = _adapters.Decoder.Blocks.ToList().FindIndex(block => block.Maps.Any(_wanted.Contains));
        (Objective Objective, DataSide Set, IReadOnlyList<Example> Examples)[] measured =
            [.. objectives.Select(objective => (objective, DataSide.Forget, forget)), .. (retainTerms ?? []).Select(term => (term, DataSide.Retain, retain))];
        foreach ((Objective objective, _, IReadOnlyList<Example> examples) in measured)
        {
            Check(objective, examples, lowest);
        }

        using IDisposable still = _adapters.HoldStill();
        SweptLoss Loss(Objective objective, DataSide set, IReadOnlyList<Example> examples) =>
            new(objective, set, examples, objective is HiddenObjective hidden ? hidden.Layer : _adapters.Decoder.Blocks.Count);
        SweptLoss forgetRisk = Loss(new NllRetainTerm(), DataSide.Forget, forget), retainRisk = Loss(new NllRetainTerm(), DataSide.Retain, retain);
        SweptLoss[] losses = [.. measured.Select(one => Loss(one.Objective, one.Set, one.Examples))];
        long done = 0, total = 0;
        using BlockSweep sweep = new(_adapters.Decoder, _wanted, _heads, _options, forgetRisk, retainRisk, losses, () => progress?.Report(new EffectProgress(++done, total)), cancellation);
        total = sweep.Passes;
        Dictionary<SweptLoss, List<ModuleEffect>> modules = sweep.Run();
        ObjectiveEffect[] effects = [.. measured.Zip(losses, (one, loss) => Effect(one.Set == DataSide.Forget ? one.Objective.Name : $"retain {one.Objective.Name}", loss, modules[loss], sweep.Shares(loss)))];
        return new EffectMeasurement(step, forgetRisk.Value, retainRisk.Value, effects);
    }

    private static ObjectiveEffect Effect(string name, SweptLoss loss, List<ModuleEffect> modules, (double[] Unlearning, double[] Retaining) shares)
    {
        InstanceEffect[] instances = [.. shares.Unlearning.Select((share, row) => new InstanceEffect(
            loss.Examples[row].Row.Line, loss.Examples[row].Sequence.LabelledCount, share, shares.Retaining[row]))];
        ObjectiveEffect effect = new(name, loss.Value, modules, instances);
        return double.IsFinite(effect.Total.Unlearning + effect.Total.Retaining + effect.Total.ObjectiveSquare)
            ? effect
            : throw new WorkFailedException($"The G-effect of '{name}' is not finite: the model or the loss has diverged ({loss.Value}). Measure an earlier checkpoint, or use --dtype float32.");
    }

    private static void Check(Objective objective, IReadOnlyList<Example> examples, int lowest)
    {
        Compatibility.CheckRows(objective, examples, null);
        if (objective is HiddenObjective hidden && hidden.Layer <= lowest)
        {
            throw new InputException($"{objective.Name}: its loss is on hidden state {hidden.Layer}, and the lowest layer that is differentiated is {lowest}, above it; ask for more layers, or raise its layer.");
        }

        RequireTokens($"Objective '{objective.Name}'", examples.Select(example => objective.Labels == LabelSource.Alternate ? example.Alternate! : example.Sequence));
    }

    private static void RequireTokens(string what, IEnumerable<LabelledSequence> sequences)
    {
        if (!sequences.Any(sequence => sequence.LabelledCount > 0))
        {
            throw new InputException($"{what} has no scored token, so it has no gradient; give rows with an answer (labels other than −100).");
        }
    }
}
