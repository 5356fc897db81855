using static TorchSharp.torch;

namespace LoraUnlearn.Data;

/// <summary>Sequences side by side as tensors, padded on the right. Padding has the label −100 and is never scored.</summary>
public sealed class Batch : IDisposable
{
    private Batch(int[] rows, int[] lengths, int maxLength, Tensor inputIds, Tensor labels)
    {
        Rows = rows;
        Lengths = lengths;
        MaxLength = maxLength;
        InputIds = inputIds;
        Labels = labels;
    }

    /// <summary>The index of each sequence's example [b].</summary>
    public int[] Rows { get; }

    /// <summary>The number of tokens of each sequence, without padding [b].</summary>
    public int[] Lengths { get; }

    /// <summary>The longest sequence: t.</summary>
    public int MaxLength { get; }

    /// <summary>The token ids, int64 [b,t]; owned by the batch.</summary>
    public Tensor InputIds { get; }

    /// <summary>The labels, not shifted, int64 [b,t]; owned by the batch.</summary>
    public Tensor Labels { get; }

    /// <summary>Makes a batch.</summary>
    /// <param name="sequences">At least one.</param>
    /// <param name="device">Where the tensors are made.</param>
    /// <param name="padId">The id that fills the rows up; any valid id will do.</param>
    /// <param name="rows">The index of each sequence's example; null: 0, 1, 2 ….</param>
    /// <exception cref="ArgumentException">No sequences, or not as many rows as sequences.</exception>
    public static Batch Create(IReadOnlyList<LabelledSequence> sequences, Device device, int padId = 0, IReadOnlyList<int>? rows = null)
    {
        if (sequences.Count == 0)
        {
            throw new ArgumentException("A batch needs at least one sequence.", nameof(sequences));
        }

        if (rows is not null && rows.Count != sequences.Count)
        {
            throw new ArgumentException($"{rows.Count} rows for {sequences.Count} sequences.", nameof(rows));
        }

        int[] lengths = [.. sequences.Select(sequence => sequence.Length)];
        int width = lengths.Max();
        long[] ids = new long[sequences.Count * width];
        long[] labels = new long[ids.Length];
        Array.Fill(ids, padId);
        Array.Fill(labels, LabelledSequence.NotScored);
        for (int b = 0; b < sequences.Count; b++)
        {
            for (int t = 0; t < lengths[b]; t++)
            {
                ids[b * width + t] = sequences[b].InputIds[t];
                labels[b * width + t] = sequences[b].Labels[t];
            }
        }

        long[] shape = [sequences.Count, width]; // [b,t]
        int[] indices = rows is null ? [.. Enumerable.Range(0, sequences.Count)] : [.. rows];
        return new Batch(indices, lengths, width, tensor(ids, shape, dtype: ScalarType.Int64, device: device), tensor(labels, shape, dtype: ScalarType.Int64, device: device));
    }

    /// <summary>Makes a batch of examples.</summary>
    /// <param name="examples">All examples.</param>
    /// <param name="indices">Which of them.</param>
    /// <param name="device">Where the tensors are made.</param>
    /// <param name="padId">The id that fills the rows up.</param>
    public static Batch Create(IReadOnlyList<Example> examples, IReadOnlyList<int> indices, Device device, int padId = 0) =>
        Create([.. indices.Select(index => examples[index].Sequence)], device, padId, indices);

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        InputIds.Dispose();
        Labels.Dispose();
    }
}
