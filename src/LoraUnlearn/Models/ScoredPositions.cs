using LoraUnlearn.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Models;

/// <summary>
/// The positions of a padded batch whose prediction is scored (METHODS §1): for every labelled position t ≥ 1 the row of the
/// hidden states at t−1, the label, and the sequence it belongs to. Only these reach the output head.
/// </summary>
public sealed class ScoredPositions : IDisposable
{
    private readonly long _longest; // scored tokens of the longest sequence
    private readonly Tensor _places; // int64 [n]

    private ScoredPositions(long[] rows, long[] labels, long[] sequences, int sequenceCount, Device device)
    {
        Count = rows.Length;
        Sequences = sequenceCount;
        Rows = tensor(rows, ScalarType.Int64, device).DetachFromDisposeScope();
        Labels = tensor(labels, ScalarType.Int64, device).DetachFromDisposeScope();
        float[] lengths = new float[sequenceCount];
        long[] places = new long[rows.Length];
        for (int token = 0; token < places.Length; token++)
        {
            places[token] = (long)lengths[sequences[token]]++;
        }

        // Where each token comes to lie when every sequence has a row as wide as the longest.
        _longest = (long)lengths.DefaultIfEmpty().Max();
        _places = tensor([.. places.Select((place, token) => (sequences[token] * _longest) + place)], ScalarType.Int64, device).DetachFromDisposeScope();
        Lengths = tensor(lengths, ScalarType.Float32, device).DetachFromDisposeScope();
    }

    /// <summary>Scored tokens n.</summary>
    public int Count { get; }

    /// <summary>Sequences.</summary>
    public int Sequences { get; }

    /// <summary>Row of the flattened hidden states [b·t,d] that predicts each scored token, int64 [n].</summary>
    public Tensor Rows { get; }

    /// <summary>Label of each scored token, int64 [n].</summary>
    public Tensor Labels { get; private set; }

    /// <summary>Scored tokens |y| of each sequence, float32 [sequences].</summary>
    public Tensor Lengths { get; }

    /// <summary>Finds the scored positions of consecutive rows of a padded batch.</summary>
    /// <param name="sequences">The sequences, in the order of the batch's rows.</param>
    /// <param name="paddedLength">Positions t of the batch.</param>
    /// <param name="device">Where the indices go.</param>
    /// <param name="firstRow">The batch row of the first of these sequences.</param>
    public static ScoredPositions Of(IReadOnlyList<LabelledSequence> sequences, long paddedLength, Device device, int firstRow = 0)
    {
        List<long> rows = [], labels = [], owners = [];
        for (int index = 0; index < sequences.Count; index++)
        {
            int[] sequenceLabels = sequences[index].Labels;
            for (int position = 1; position < sequenceLabels.Length; position++)
            {
                if (sequenceLabels[position] >= 0)
                {
                    rows.Add(((firstRow + index) * paddedLength) + position - 1);
                    labels.Add(sequenceLabels[position]);
                    owners.Add(index);
                }
            }
        }

        return new ScoredPositions([.. rows], [.. labels], [.. owners], sequences.Count, device);
    }

    /// <summary>
    /// Sums a number per scored token into one per sequence, always in the same order: an <c>index_add</c> would add in whatever
    /// order the threads of a GPU arrive.
    /// </summary>
    /// <param name="perToken">[n].</param>
    /// <returns>[sequences].</returns>
    public Tensor SumBySequence(Tensor perToken) =>
        zeros([Sequences * _longest], perToken.dtype, perToken.device).index_copy(0, _places, perToken).view(Sequences, _longest).sum(1);

    /// <summary>Puts other labels in the place of the data's.</summary>
    /// <param name="labels">One for each scored token, in order.</param>
    /// <exception cref="ArgumentException">There are not as many labels as scored tokens.</exception>
    public void ReplaceLabels(long[] labels)
    {
        if (labels.Length != Count)
        {
            throw new ArgumentException($"{labels.Length} labels for {Count} scored tokens.", nameof(labels));
        }

        Tensor replaced = tensor(labels, ScalarType.Int64, Labels.device).DetachFromDisposeScope();
        Labels.Dispose();
        Labels = replaced;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _places.Dispose();
        Rows.Dispose();
        Labels.Dispose();
        Lengths.Dispose();
    }
}

/// <summary>Cuts the scored tokens so that a chunk's logits [c,v] stay within a memory bound.</summary>
public static class LogitChunks
{
    private const long FloatsInAChunk = 16L << 20;

    /// <summary>The chunks of n tokens.</summary>
    /// <param name="count">Scored tokens n.</param>
    /// <param name="vocabulary">Vocabulary size v.</param>
    /// <returns>Start and length of each chunk; together they cover 0 … n−1.</returns>
    public static IReadOnlyList<(long Start, long Length)> Of(long count, long vocabulary)
    {
        long size = Math.Max(64, FloatsInAChunk / vocabulary);
        List<(long, long)> chunks = [];
        for (long start = 0; start < count; start += size)
        {
            chunks.Add((start, Math.Min(size, count - start)));
        }

        return chunks;
    }
}
