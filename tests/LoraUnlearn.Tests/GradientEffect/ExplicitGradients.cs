using LoraUnlearn.Adapters;
using LoraUnlearn.Data;
using LoraUnlearn.GradientEffect;
using LoraUnlearn.Models;
using LoraUnlearn.Objectives;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.GradientEffect;

/// <summary>
/// Whole gradients by every weight, taken the plain way: row by row, one graph through the model and the full logits, losses
/// written out as METHODS §5 has them. Knows nothing of batches, blocks or observers.
/// </summary>
internal sealed class ExplicitGradients(Decoder decoder, AdapterSet? adapters)
{
    /// <summary>By the weights [i,o] of every map, or by A and B of every adapted map.</summary>
    public IReadOnlyList<(LinearMap Map, Tensor[] Parameters)> Parameters { get; } = adapters is null
        ? [.. decoder.Maps.Select(map => (map, new[] { map.WeightTransposed.requires_grad_(true) }))]
        : [.. adapters.Pairs.Select(pair => (pair.Map, new[] { pair.A, pair.B }))];

    /// <summary>A loss's value and its gradient by each map's parameters, float64.</summary>
    public (double Value, Dictionary<LinearMap, Tensor[]> Gradients) Of(Func<Tensor> loss)
    {
        using IDisposable grad = enable_grad();
        Tensor value = loss();
        Tensor[] all = [.. Parameters.SelectMany(parameter => parameter.Parameters)];
        Tensor[] found = [.. autograd.grad([value], all, allow_unused: true).Zip(all, (gradient, own) => gradient is null || gradient.IsInvalid ? zeros_like(own) : gradient)];
        Dictionary<LinearMap, Tensor[]> byMap = [];
        int next = 0;
        foreach ((LinearMap map, Tensor[] parameters) in Parameters)
        {
            byMap[map] = [.. found.Skip(next).Take(parameters.Length).Select(gradient => gradient.to_type(ScalarType.Float64))];
            next += parameters.Length;
        }

        return (value.ToDouble(), byMap);
    }

    /// <summary>⟨g, h⟩ over one map's parameters.</summary>
    public static double Dot(Tensor[] first, Tensor[] second) => first.Zip(second, (one, other) => (one * other).sum().ToDouble()).Sum();

    /// <summary>R: mean NLL over the labelled tokens.</summary>
    public Tensor Risk(IReadOnlyList<LabelledSequence> sequences) =>
        sequences.Select(LogProbabilities).Aggregate((first, second) => cat([first, second], 0)).mean().neg();

    /// <summary>The objectives of METHODS §5 that the tests use, over a set.</summary>
    public Tensor Objective(Objective objective, IReadOnlyList<Example> examples)
    {
        LabelledSequence[] own = [.. examples.Select(example => example.Sequence)], alternates = [.. examples.Select(example => example.Alternate!)];
        Tensor All(Func<LabelledSequence, Tensor> row) => cat([.. own.Select(row)], 0);
        Tensor Nll(LabelledSequence row) => LogProbabilities(row).sum().neg();
        Tensor ReferenceNll(LabelledSequence row) => Reference(() => Nll(row));
        switch (objective.Name)
        {
            case "ga":
                return Risk(own).neg();
            case "po":
                return Risk(alternates);
            case "wga":
                return All(row => LogProbabilities(row) * LogProbabilities(row).detach().exp()).mean();
            case "tnpo":
                return All(row =>
                {
                    Tensor now = LogProbabilities(row), p = now.detach().exp().pow(4), reference = Reference(() => LogProbabilities(row)).exp().pow(4);
                    return now * (2 * p / (p + reference));
                }).mean();
            case "npo":
                return stack([.. own.Select(row => 2 / 0.1 * (1 + (-0.1 * (Nll(row) - ReferenceNll(row))).exp()).log())], 0).mean();
            case "dpo":
                return stack([.. examples.Select(example => -2 / 0.1 * (1 / (1 + (-0.1 * (
                    ReferenceNll(example.Alternate!) - Nll(example.Alternate!) - ReferenceNll(example.Sequence) + Nll(example.Sequence))).exp())).log())], 0).mean();
            case "rmu":
                MisdirectionObjective rmu = (MisdirectionObjective)objective;
                return All(row => (Hidden(row, rmu.Layer).index_select(0, Scored(row)) - tensor(rmu.Target.ToArray())).square()).mean();
            default:
                throw new ArgumentException(objective.Name);
        }
    }

    private Tensor Reference(Func<Tensor> compute)
    {
        using IDisposable noGrad = no_grad();
        using IDisposable? off = adapters?.SwitchOff();
        return compute();
    }

    private static Tensor Scored(LabelledSequence row) =>
        tensor(Enumerable.Range(1, row.Length - 1).Where(position => row.Labels[position] >= 0).Select(position => (long)position - 1).ToArray());

    private Tensor Hidden(LabelledSequence row, int layers)
    {
        using AttentionContext context = decoder.Begin(1, row.Length);
        Tensor hidden = decoder.Embed(tensor(row.InputIds.Select(id => (long)id).ToArray(), [1, row.Length]), context);
        for (int block = 0; block < layers; block++)
        {
            hidden = decoder.Blocks[block].Forward(hidden, context);
        }

        return hidden;
    }

    // log p(x_t | x_<t) of the labelled tokens [n].
    private Tensor LogProbabilities(LabelledSequence row)
    {
        Tensor rows = Scored(row);
        Tensor labels = tensor(row.Labels.Skip(1).Where(label => label >= 0).Select(label => (long)label).ToArray()).unsqueeze(1);
        return decoder.Logits(decoder.FinalNorm(Hidden(row, decoder.Blocks.Count).index_select(0, rows))).log_softmax(1).gather(1, labels).squeeze(1);
    }
}
