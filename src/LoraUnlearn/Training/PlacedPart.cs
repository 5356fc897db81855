using LoraUnlearn.Data;
using LoraUnlearn.Models;
using LoraUnlearn.Objectives;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Training;

/// <summary>A loss part whose rows lie in a batch: which positions are scored, and with which labels.</summary>
internal sealed class PlacedPart : IDisposable
{
    private PlacedPart(LossPart part, int firstRow, int length, long[]? labels, Device device)
    {
        Part = part;
        FirstRow = firstRow;
        Positions = ScoredPositions.Of([.. part.Sequences], length, device, firstRow);
        if (labels is not null)
        {
            Positions.ReplaceLabels(labels);
        }

        Alternate = Both(part)
            ? ScoredPositions.Of([.. part.Examples.Select(example => example.Alternate!)], length, device, firstRow + part.Examples.Count)
            : null;
        using DisposeScope scope = NewDisposeScope();
        Rows = (Alternate is null ? Positions.Rows.alias() : cat(new[] { Positions.Rows, Alternate.Rows }, 0)).DetachFromDisposeScope();
    }

    public LossPart Part { get; }

    /// <summary>Its first row in the batch, from 0; a part with alternates takes two rows an example.</summary>
    public int FirstRow { get; }

    /// <summary>The positions of the batch that it scores, and their labels.</summary>
    public ScoredPositions Positions { get; }

    /// <summary>Those of the replacement answers, where the objective compares both; else null.</summary>
    public ScoredPositions? Alternate { get; }

    /// <summary>Rows of the flattened hidden states that are scored: the answers', then the alternates', int64 [n].</summary>
    public Tensor Rows { get; }

    /// <summary>The sequences that parts put into one batch, in order.</summary>
    public static IReadOnlyList<LabelledSequence> Sequences(IEnumerable<LossPart> parts) =>
        [.. parts.SelectMany(part => part.Sequences.Concat(Both(part) ? part.Examples.Select(example => example.Alternate!) : []))];

    /// <summary>Finds each part in the batch of their <see cref="Sequences"/>.</summary>
    /// <param name="parts">The parts, in order.</param>
    /// <param name="length">Positions t of the batch.</param>
    /// <param name="reference">Knows the labels that are the reference's.</param>
    /// <param name="device">Where indices go.</param>
    /// <param name="vocabulary">Vocabulary size v.</param>
    /// <param name="seed">Seed of random labels.</param>
    /// <returns>One after the other: a part is placed when it is asked for.</returns>
    public static IEnumerable<PlacedPart> Place(IReadOnlyList<LossPart> parts, int length, ReferenceModel reference, Device device, long vocabulary, long seed)
    {
        int row = 0;
        foreach (LossPart part in parts)
        {
            long[]? labels = part.Objective.Labels switch
            {
                LabelSource.Random => RandomLabels.Draw(part, vocabulary, seed),
                LabelSource.ReferenceRunnerUp => reference.RunnerUpTokens(part.Set, part.Examples),
                _ => null,
            };
            yield return new PlacedPart(part, row, length, labels, device);
            row += Both(part) ? 2 * part.Examples.Count : part.Examples.Count;
        }
    }

    /// <summary>The weight of its row for each of <see cref="Rows"/>, float32 [n,1]; null where all are 1.</summary>
    public Tensor? TokenWeights()
    {
        if (Part.RowWeights is not { } weights)
        {
            return null;
        }

        IEnumerable<float> Spread(IEnumerable<LabelledSequence> sequences) =>
            sequences.SelectMany((sequence, row) => Enumerable.Repeat((float)weights[row], sequence.LabelledCount));
        IEnumerable<LabelledSequence> compared = Alternate is null ? [] : Part.Examples.Select(example => example.Alternate!);
        return tensor(Spread(Part.Sequences).Concat(Spread(compared)).ToArray(), ScalarType.Float32, Rows.device).unsqueeze(1);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Positions.Dispose();
        Alternate?.Dispose();
        Rows.Dispose();
    }

    private static bool Both(LossPart part) => part.Objective.Needs.HasFlag(ObjectiveNeeds.Alternate);
}
