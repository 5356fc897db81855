using LoraUnlearn.Adapters;
using LoraUnlearn.Data;
using LoraUnlearn.Models;
using LoraUnlearn.Objectives;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Training;

/// <summary>
/// Evaluates losses on a batch and adds their gradients to <see cref="AdapterSet.Gradient"/>. All parts go through one forward
/// and one backward pass; only scored positions reach the output head.
/// </summary>
public sealed class UnlearningStep
{
    // On a CPU the matrix products of this many tokens run at full speed already; an accelerator wants more at once.
    private const long TokensOnCpu = 2048;
    private const long TokensOnAccelerator = 16384;

    private readonly AdapterSet _adapters;
    private readonly bool _checkpoint;
    private readonly Decoder _decoder;
    private readonly ReferenceModel _reference;

    /// <summary>Prepares steps.</summary>
    /// <param name="adapters">What is trained.</param>
    /// <param name="reference">The reference model.</param>
    /// <param name="checkpoint">Whether to keep only the blocks' inputs and recompute.</param>
    public UnlearningStep(AdapterSet adapters, ReferenceModel reference, bool checkpoint)
    {
        _adapters = adapters;
        _decoder = adapters.Decoder;
        _reference = reference;
        _checkpoint = checkpoint;
    }

    private long TokensPerPass => _decoder.Device.type == DeviceType.CPU ? TokensOnCpu : TokensOnAccelerator;

    /// <summary>
    /// Adds the weighted gradients of some parts: in one pass where they fit one together, and otherwise one after the other,
    /// which costs the same arithmetic and less memory.
    /// </summary>
    /// <param name="parts">The parts.</param>
    /// <returns>The parts' losses, unweighted, scalars in the caller's dispose scope.</returns>
    public IReadOnlyList<Tensor> Accumulate(IReadOnlyList<LossPart> parts) =>
        parts.Count > 1 && Positions(parts) > TokensPerPass
            ? [.. parts.SelectMany(part => AccumulateTogether([part]))]
            : AccumulateTogether(parts);

    // Rows times the longest row, over all parts: what one padded batch of them would hold.
    private static long Positions(IReadOnlyList<LossPart> parts)
    {
        LabelledSequence[] sequences = [.. parts.SelectMany(Sequences)];
        return (long)sequences.Length * sequences.Max(sequence => sequence.Length);
    }

    private static IEnumerable<LabelledSequence> Sequences(LossPart part) =>
        part.Objective.Needs.HasFlag(ObjectiveNeeds.Alternate)
            ? part.Examples.Select(example => example.Sequence).Concat(part.Examples.Select(example => example.Alternate!))
            : part.Examples.Select(example => example.Sequence);

    private IReadOnlyList<Tensor> AccumulateTogether(IReadOnlyList<LossPart> parts)
    {
        using DisposeScope scope = NewDisposeScope();
        List<LabelledSequence> sequences = [];
        List<(LossPart Part, int FirstRow, int AlternateRow)> placed = [];
        foreach (LossPart part in parts)
        {
            placed.Add((part, sequences.Count, sequences.Count + part.Examples.Count));
            sequences.AddRange(Sequences(part));
        }

        using Batch batch = Batch.Create(sequences, _decoder.Device);
        using BlockwisePass pass = new(_decoder, batch.InputIds, _adapters, _checkpoint, Layers(parts));
        Dictionary<int, Tensor> gradients = [];
        List<Tensor> losses = [];
        foreach ((LossPart part, int firstRow, int alternateRow) in placed)
        {
            using ScoredPositions positions = Positions(part, false, batch, firstRow);
            using ScoredPositions? alternate = part.Objective.Needs.HasFlag(ObjectiveNeeds.Alternate) ? Positions(part, true, batch, alternateRow) : null;
            int state = part.Objective is HiddenObjective hidden ? hidden.Layer : pass.Layers;
            Tensor index = alternate is null ? positions.Rows : cat(new[] { positions.Rows, alternate.Rows }, 0);
            HeadResult result = Evaluate(part, pass.State(state).index_select(0, index), positions, alternate, batch, firstRow);
            losses.Add(result.Loss);
            if (!gradients.TryGetValue(state, out Tensor? gradient))
            {
                gradients[state] = gradient = zeros_like(pass.Hidden);
            }

            gradient.index_add_(0, index, result.Gradient, 1);
        }

        pass.Backward(gradients);
        return [.. losses.Select(loss => loss.MoveToOuterDisposeScope())];
    }

    // Hidden-state losses need no block above their layer.
    private static int? Layers(IReadOnlyList<LossPart> parts) =>
        parts.All(part => part.Objective is HiddenObjective)
            ? parts.Max(part => ((HiddenObjective)part.Objective).Layer)
            : null;

    private ScoredPositions Positions(LossPart part, bool alternate, Batch batch, int firstRow) => ScoredPositions.Of(
        [.. part.Examples.Select(example => alternate ? example.Alternate! : example.Sequence)],
        batch.MaxLength,
        _decoder.Device,
        firstRow);

    private HeadResult Evaluate(LossPart part, Tensor rows, ScoredPositions positions, ScoredPositions? alternate, Batch batch, int firstRow)
    {
        switch (part.Objective)
        {
            case TokenObjective objective:
                return OutputHead.Evaluate(_decoder, rows, objective, part.Weight, positions, ReferenceLogProbabilities(part), alternate);

            case DistributionObjective objective:
                Tensor? reference = objective.Needs.HasFlag(ObjectiveNeeds.ReferenceLogits) ? ReferenceHidden(part, positions, batch, firstRow, null) : null;
                return OutputHead.Evaluate(_decoder, rows, objective, part.Weight, positions.Labels, reference);

            case HiddenObjective objective:
                Tensor? other = objective.Needs.HasFlag(ObjectiveNeeds.ReferenceHidden) ? ReferenceHidden(part, positions, batch, firstRow, objective.Layer) : null;
                return EvaluateHidden(objective, part.Weight, rows, other);

            default:
                throw new InvalidOperationException($"Objective '{part.Objective.Name}' is of no known kind.");
        }
    }

    private static HeadResult EvaluateHidden(HiddenObjective objective, double weight, Tensor rows, Tensor? reference)
    {
        using IDisposable grad = enable_grad();
        Tensor input = rows.detach().requires_grad_(true);
        Tensor loss = objective.Loss(input.to_type(ScalarType.Float32), reference?.to_type(ScalarType.Float32));
        return new HeadResult(loss.detach(), autograd.grad([loss * weight], [input])[0]);
    }

    private Tensor? ReferenceLogProbabilities(LossPart part)
    {
        if (!part.Objective.Needs.HasFlag(ObjectiveNeeds.ReferenceLogProbabilities))
        {
            return null;
        }

        Tensor original = _reference.LogProbabilities(part.Set, part.Examples, alternate: false);
        return part.Objective.Needs.HasFlag(ObjectiveNeeds.Alternate)
            ? cat(new[] { original, _reference.LogProbabilities(part.Set, part.Examples, alternate: true) }, 0)
            : original;
    }

    // The reference's states of this part's rows of the batch.
    private Tensor ReferenceHidden(LossPart part, ScoredPositions positions, Batch batch, int firstRow, int? state)
    {
        Tensor ids = batch.InputIds.narrow(0, firstRow, part.Examples.Count);
        return _reference.Hidden(ids, positions.Rows - ((long)firstRow * batch.MaxLength), state);
    }
}
