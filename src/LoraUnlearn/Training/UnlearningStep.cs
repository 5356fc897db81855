using LoraUnlearn.Adapters;
using LoraUnlearn.Data;
using LoraUnlearn.Head;
using LoraUnlearn.Models;
using LoraUnlearn.Objectives;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Training;

/// <summary>
/// Evaluates losses on a batch and adds their gradients to <see cref="AdapterSet.Gradient"/>. Parts that need the same blocks
/// go through one forward and one backward pass; only scored positions reach the output head.
/// </summary>
public sealed class UnlearningStep : ILossStep
{
    // On a CPU the matrix products of this many tokens run at full speed already; an accelerator wants more at once.
    private const long TokensOnCpu = 2048;
    private const long TokensOnAccelerator = 16384;

    private readonly AdapterSet _adapters;
    private readonly bool _checkpoint;
    private readonly Decoder _decoder;
    private readonly ReferenceModel _reference;
    private readonly long _seed;

    /// <summary>Holds no state of a run: every call is given its batch.</summary>
    /// <param name="adapters">What is trained.</param>
    /// <param name="reference">The reference model.</param>
    /// <param name="checkpoint">Whether to keep only the blocks' inputs and recompute.</param>
    /// <param name="seed">Seed of random labels.</param>
    public UnlearningStep(AdapterSet adapters, ReferenceModel reference, bool checkpoint, long seed = 42)
    {
        _adapters = adapters;
        _decoder = adapters.Decoder;
        _reference = reference;
        _checkpoint = checkpoint;
        _seed = seed;
    }

    /// <inheritdoc/>
    public double Scale { get; set; } = 1;

    private long TokensPerPass => _decoder.Device.type == DeviceType.CPU ? TokensOnCpu : TokensOnAccelerator;

    /// <summary>Adds the gradients of some parts, each times its weight and <see cref="Scale"/>, to <see cref="AdapterSet.Gradient"/>.</summary>
    /// <param name="parts">The parts.</param>
    /// <returns>The parts' losses, unweighted, scalars in the caller's dispose scope.</returns>
    public IReadOnlyList<Tensor> Accumulate(IReadOnlyList<LossPart> parts) => InGroups(parts, (group, layers) =>
    {
        using Batch batch = Batch.Create(PlacedPart.Sequences(group), _decoder.Device);
        using BlockwisePass pass = new(_decoder, batch.InputIds, _adapters, _checkpoint, layers);
        Tensor gradient = zeros_like(pass.Hidden); // [b·t,d]
        IReadOnlyList<Tensor> losses = Evaluate(group, batch, pass.Hidden, (rows, by) => gradient.index_add_(0, rows, by, One));
        pass.Backward(new Dictionary<int, Tensor> { [pass.Layers] = gradient });
        return losses;
    });

    /// <summary>The losses alone: one pass without a graph, with the adapter as it is.</summary>
    /// <param name="parts">The parts.</param>
    /// <returns>The parts' losses, unweighted, scalars in the caller's dispose scope.</returns>
    public IReadOnlyList<Tensor> Losses(IReadOnlyList<LossPart> parts) => InGroups(parts, (group, layers) =>
    {
        using Batch batch = Batch.Create(PlacedPart.Sequences(group), _decoder.Device);
        return Evaluate(group, batch, _decoder.Hidden(batch.InputIds, layers: layers), null);
    });

    // Hidden-state losses need no block above their layer. Parts of equal depth share a pass where they fit one together; one
    // after the other costs the same arithmetic and less memory.
    private Tensor[] InGroups(IReadOnlyList<LossPart> parts, Func<LossPart[], int, IReadOnlyList<Tensor>> evaluate)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] losses = new Tensor[parts.Count];
        int Depth(int index) => parts[index].Objective is HiddenObjective hidden ? hidden.Layer : _decoder.Blocks.Count;
        foreach (IGrouping<int, int> group in Enumerable.Range(0, parts.Count).GroupBy(Depth))
        {
            bool fits = group.Count() == 1 || Positions(group.Select(index => parts[index])) <= TokensPerPass;
            foreach (int[] together in fits ? [group.ToArray()] : group.Chunk(1))
            {
                using DisposeScope pass = NewDisposeScope();
                IReadOnlyList<Tensor> found = evaluate([.. together.Select(index => parts[index])], group.Key);
                foreach ((int index, Tensor loss) in together.Zip(found))
                {
                    losses[index] = loss.MoveToOuterDisposeScope();
                }
            }
        }

        return [.. losses.Select(loss => loss.MoveToOuterDisposeScope())];
    }

    // Rows times the longest row, over all parts: what one padded batch of them would hold.
    private static long Positions(IEnumerable<LossPart> parts)
    {
        IReadOnlyList<LabelledSequence> sequences = PlacedPart.Sequences(parts);
        return (long)sequences.Count * sequences.Max(sequence => sequence.Length);
    }

    /// <summary>The losses of parts on the hidden states of their batch.</summary>
    /// <param name="parts">Parts of one depth, whose sequences make up the batch in order.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="hidden">States at that depth [b·t,d].</param>
    /// <param name="receive">Takes rows of the states, int64 [n], and the weighted gradient by them [n,d]; or null.</param>
    /// <returns>The parts' losses, unweighted.</returns>
    internal List<Tensor> Evaluate(LossPart[] parts, Batch batch, Tensor hidden, Action<Tensor, Tensor>? receive)
    {
        List<Tensor> losses = [];
        foreach (PlacedPart placed in PlacedPart.Place(parts, batch.MaxLength, _reference, _decoder.Device, _decoder.Spec.VocabularySize, _seed))
        {
            using PlacedPart owned = placed;
            using DisposeScope scope = NewDisposeScope();
            HeadResult result = Evaluate(placed, hidden.index_select(0, placed.Rows), batch, receive is not null);
            receive?.Invoke(placed.Rows, placed.TokenWeights() is { } weights ? result.Gradient! * weights.to_type(result.Gradient!.dtype) : result.Gradient!);
            losses.Add(result.Loss.MoveToOuterDisposeScope());
        }

        return losses;
    }

    private HeadResult Evaluate(PlacedPart placed, Tensor rows, Batch batch, bool differentiate)
    {
        LossPart part = placed.Part;
        double weight = part.Weight * Scale;
        switch (part.Objective)
        {
            case TokenObjective objective:
                return OutputHead.Evaluate(_decoder, rows, objective, weight, placed.Positions, ReferenceLogProbabilities(part), placed.Alternate, differentiate);

            case DistributionObjective objective:
                Tensor? reference = objective.Needs.HasFlag(ObjectiveNeeds.ReferenceLogits) ? ReferenceHidden(placed, batch, null) : null;
                return OutputHead.Evaluate(_decoder, rows, objective, weight, placed.Positions.Labels, reference, differentiate);

            case HiddenObjective objective:
                Tensor? other = objective.Needs.HasFlag(ObjectiveNeeds.ReferenceHidden) ? ReferenceHidden(placed, batch, objective.Layer) : null;
                return EvaluateHidden(objective, weight, rows, other, differentiate);

            default:
                throw new InvalidOperationException($"Objective '{part.Objective.Name}' is of no known kind.");
        }
    }

    private static HeadResult EvaluateHidden(HiddenObjective objective, double weight, Tensor rows, Tensor? reference, bool differentiate)
    {
        using IDisposable grad = set_grad_enabled(differentiate);
        Tensor input = rows.detach().requires_grad_(differentiate);
        Tensor loss = objective.Loss(AtLeastSingle(input), reference is null ? null : AtLeastSingle(reference));
        return new HeadResult(loss.detach(), differentiate ? autograd.grad([loss * Held(weight)], [input])[0] : null);
    }

    private static Tensor AtLeastSingle(Tensor states) =>
        states.dtype is ScalarType.BFloat16 or ScalarType.Float16 ? states.to_type(ScalarType.Float32) : states;

    private Tensor? ReferenceLogProbabilities(LossPart part)
    {
        if (!part.Objective.Needs.HasFlag(ObjectiveNeeds.ReferenceLogProbabilities))
        {
            return null;
        }

        Tensor own = _reference.LogProbabilities(part.Set, part.Examples, part.Objective.Labels == LabelSource.Alternate);
        return part.Objective.Needs.HasFlag(ObjectiveNeeds.Alternate)
            ? cat(new[] { own, _reference.LogProbabilities(part.Set, part.Examples, alternate: true) }, 0)
            : own;
    }

    // The reference's states of this part's rows of the batch.
    private Tensor ReferenceHidden(PlacedPart placed, Batch batch, int? state)
    {
        Tensor ids = batch.InputIds.narrow(0, placed.FirstRow, placed.Part.Examples.Count);
        return _reference.Hidden(ids, placed.Positions.Rows - Held((long)placed.FirstRow * batch.MaxLength), state);
    }
}
