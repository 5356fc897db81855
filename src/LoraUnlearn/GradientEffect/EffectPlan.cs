using System.Globalization;
using LoraUnlearn.Adapters;
using LoraUnlearn.Data;
using LoraUnlearn.Fisher;
using LoraUnlearn.Models;
using LoraUnlearn.Training;

namespace LoraUnlearn.GradientEffect;

/// <summary>
/// Uses the G-effect of the run's objective on the base: trains the adapters of the layers with the best trade-off alone, and
/// counts those rows of the forget set less whose unlearning costs much of what is to be kept.
/// </summary>
public sealed class EffectPlan : IRunPlan
{
    /// <summary>Whether layers are chosen.</summary>
    public bool ChoosesLayers { get; init; } = true;

    /// <summary>How many layers are trained; null for half of those adapted, or for all above <see cref="Threshold"/>.</summary>
    public int? Layers { get; init; }

    /// <summary>Least trade-off, in [−2,2], of a layer that is trained; null for none.</summary>
    public double? Threshold { get; init; }

    /// <summary>Whether rows are weighed.</summary>
    public bool WeighsRows { get; init; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Settings
    {
        get
        {
            Dictionary<string, string> settings = [];
            if (ChoosesLayers)
            {
                settings["freeze_by"] = "geffect";
                settings["train_layers"] = Layers?.ToString(CultureInfo.InvariantCulture) ?? (Threshold is null ? "half" : "all");
                if (Threshold is { } least)
                {
                    settings["train_above"] = least.ToString("R", CultureInfo.InvariantCulture);
                }
            }

            if (WeighsRows)
            {
                settings["row_weights"] = "geffect";
            }

            return settings;
        }
    }

    /// <inheritdoc/>
    public (IReadOnlyList<LinearMap> Maps, IReadOnlyList<double>? RowWeights) Decide(RunView run, IReadOnlyList<LinearMap> maps, Action<string> note, CancellationToken cancellation)
    {
        if (run.Retain is null)
        {
            throw new InputException("Choosing by G-effect weighs what is to be forgotten against what is to be kept, and there is no retain set; give one with --retain.");
        }

        // The whole forget set where its rows are weighed; else samples, as for the Fisher estimate.
        IReadOnlyList<Example> Sample(IReadOnlyList<Example> rows, long stream) => FisherSample.Draw(rows, run.Request.FisherRows, run.Request.Seed, stream);
        IReadOnlyList<Example> forget = WeighsRows ? run.Forget.Examples : Sample(run.Forget.Examples, 1), retain = Sample(run.Retain.Examples, 2);
        using AdapterSet unchanged = new(run.Session.Decoder, maps, 1, 1); // A = B = 0
        EffectOptions options = new() { Instances = WeighsRows, Seed = run.Request.Seed };
        ObjectiveEffect effect = new EffectMeter(unchanged, options).Measure([run.Objective], forget, retain, cancellation: cancellation).Objectives[0];
        IReadOnlyList<LinearMap> chosen = ChoosesLayers ? Choose(run.Session.Decoder, maps, effect, note) : maps;
        return (chosen, WeighsRows ? Weights(effect.Instances, note) : null);
    }

    /// <summary>
    /// Weights of rows, mean 1: w = 1/(1 + h/median h) before it is normalised, with h = max(0, −e_r)/|e_u| the harm that a row
    /// does to the retain set for what it does to the forget set.
    /// </summary>
    /// <param name="rows">The rows' shares.</param>
    /// <param name="note">Takes a line about the weights.</param>
    public static IReadOnlyList<double> Weights(IReadOnlyList<InstanceEffect> rows, Action<string>? note = null)
    {
        double floor = 1e-6 * rows.Average(row => Math.Abs(row.Unlearning));
        double[] harms = [.. rows.Select(row => Math.Max(0, -row.Retaining) / Math.Max(Math.Abs(row.Unlearning), Math.Max(floor, double.Epsilon)))];
        double[] harmful = [.. harms.Where(harm => harm > 0).Order()];
        if (harmful.Length == 0)
        {
            note?.Invoke("No row's unlearning harms the retain set by its G-effect: all rows count alike.");
            return [.. rows.Select(_ => 1.0)];
        }

        double median = harmful[harmful.Length / 2];
        double[] raw = [.. harms.Select(harm => 1 / (1 + (harm / median)))];
        double mean = raw.Average();
        double[] weights = [.. raw.Select(weight => weight / mean)];
        note?.Invoke(string.Create(CultureInfo.InvariantCulture, $"Rows count by their G-effect from {weights.Min():0.00} to {weights.Max():0.00}; {harmful.Length} of {rows.Count} harm the retain set."));
        return weights;
    }

    private IReadOnlyList<LinearMap> Choose(Decoder decoder, IReadOnlyList<LinearMap> maps, ObjectiveEffect effect, Action<string> note)
    {
        HashSet<string> adapted = [.. maps.Select(map => map.Name)];
        (int Layer, EffectProducts Products)[] candidates = [.. effect.Modules.Where(module => adapted.Contains(module.Module))
            .GroupBy(module => module.Layer)
            .Select(group => (group.Key, EffectProducts.Sum(group.Select(module => module.Products))))
            .Where(layer => layer.Item2.ObjectiveSquare > 0)
            .OrderByDescending(layer => layer.Item2.TradeOff).ThenBy(layer => layer.Key)];
        int most = Layers ?? (Threshold is null ? (candidates.Length + 1) / 2 : candidates.Length);
        if (most > candidates.Length)
        {
            throw new InputException($"--train-layers is {most}, and the objective reaches {candidates.Length} adapted layers; expected at most that.");
        }

        (int Layer, EffectProducts Products)[] chosen = [.. candidates.Take(most).Where(layer => Threshold is null || layer.Products.TradeOff >= Threshold)];
        if (chosen.Length == 0)
        {
            string best = candidates.Length == 0 ? "no layer has a gradient" : string.Create(CultureInfo.InvariantCulture, $"the best layer has {candidates[0].Products.TradeOff:0.###}");
            throw new InputException(string.Create(CultureInfo.InvariantCulture, $"No layer has a trade-off of at least {Threshold}: {best}; lower --train-above."));
        }

        note($"By G-effect the adapters of layers {string.Join(", ", chosen.Select(layer => layer.Layer).Order())} are trained; trade-offs {string.Join(", ", candidates.OrderBy(layer => layer.Layer).Select(layer => string.Create(CultureInfo.InvariantCulture, $"{layer.Layer}: {layer.Products.TradeOff:0.000}")))}.");
        HashSet<LinearMap> kept = [.. chosen.SelectMany(layer => decoder.Blocks[layer.Layer].Maps)];
        return [.. maps.Where(kept.Contains)];
    }
}
