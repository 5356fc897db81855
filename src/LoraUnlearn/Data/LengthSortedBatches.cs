namespace LoraUnlearn.Data;

/// <summary>Batches for passes that visit everything once and whose order does not matter: by length, up to a number of tokens.</summary>
public static class LengthSortedBatches
{
    /// <summary>Cuts sequences into batches of nearly equal lengths.</summary>
    /// <param name="sequences">The sequences.</param>
    /// <param name="tokensPerBatch">Most tokens of a batch, padding included; a longer single sequence is a batch of its own.</param>
    /// <returns>Indices of each batch; longest sequences first, so that memory runs out early or not at all.</returns>
    public static IReadOnlyList<int[]> Of(IReadOnlyList<LabelledSequence> sequences, int tokensPerBatch)
    {
        int[] order = [.. Enumerable.Range(0, sequences.Count).OrderByDescending(index => sequences[index].InputIds.Length).ThenBy(index => index)];
        List<int[]> batches = [];
        int start = 0;
        while (start < order.Length)
        {
            int rows = Math.Clamp(tokensPerBatch / sequences[order[start]].InputIds.Length, 1, order.Length - start);
            batches.Add(order[start..(start + rows)]);
            start += rows;
        }

        return batches;
    }
}
