namespace LoraUnlearn.Data;

/// <summary>
/// Which examples go together in a batch: each once an epoch, in batches of similar length so that little is padding,
/// shuffled anew every epoch. A pure function of the lengths, the batch size, the seed and the epoch: a run is resumed from
/// an epoch and a position, and there is nothing else to store.
/// </summary>
/// <remarks>
/// The examples are shuffled and cut into windows of many batches; each window is sorted by length (equal lengths stay
/// shuffled) and cut into batches; the batches of all windows are shuffled. The one batch that is not full is kept.
/// </remarks>
public sealed class BatchPlan
{
    private const int WindowBatches = 64;
    private const int SmallestWindow = 1024;

    private readonly int[] _lengths;
    private readonly long _seed;

    /// <summary>Creates a plan.</summary>
    /// <param name="lengths">The length of each example; at least one.</param>
    /// <param name="batchSize">Examples a batch; 0 means all in one batch.</param>
    /// <param name="seed">Orders the epochs.</param>
    /// <exception cref="ArgumentException">There are no examples.</exception>
    /// <exception cref="InputException">The batch size is negative.</exception>
    public BatchPlan(IReadOnlyList<int> lengths, int batchSize, long seed)
    {
        if (lengths.Count == 0)
        {
            throw new ArgumentException("A plan needs at least one example.", nameof(lengths));
        }

        if (batchSize < 0)
        {
            throw new InputException($"The batch size is {batchSize}; a positive number was expected, or 0 for all rows in one batch.");
        }

        _lengths = [.. lengths];
        _seed = seed;
        BatchSize = batchSize == 0 ? _lengths.Length : Math.Min(batchSize, _lengths.Length);
        BatchesPerEpoch = (_lengths.Length + BatchSize - 1) / BatchSize;
    }

    /// <summary>Examples in a full batch.</summary>
    public int BatchSize { get; }

    /// <summary>Batches in every epoch; the last examples make a smaller batch, somewhere in the epoch.</summary>
    public int BatchesPerEpoch { get; }

    /// <summary>The batches of an epoch.</summary>
    /// <param name="epoch">From 0.</param>
    /// <returns>The indices of the examples of each batch; every example is in exactly one.</returns>
    public IReadOnlyList<int[]> Epoch(int epoch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        SeededRandom random = SeededRandom.ForStream(_seed, epoch);
        int[] order = random.Permutation(_lengths.Length);
        int window = (int)Math.Min(
            (long)BatchSize * Math.Max(WindowBatches, (SmallestWindow + BatchSize - 1) / BatchSize),
            order.Length);
        List<int[]> batches = new(BatchesPerEpoch);
        for (int start = 0; start < order.Length; start += window)
        {
            // OrderBy is stable, so that equal lengths stay in their random order.
            int[] sorted = [.. order.Skip(start).Take(window).OrderBy(example => _lengths[example])];
            batches.AddRange(sorted.Chunk(BatchSize));
        }

        int[][] shuffled = [.. batches];
        random.Shuffle<int[]>(shuffled);
        return shuffled;
    }

    /// <summary>The batch of a step, counted over all epochs.</summary>
    /// <param name="step">From 0.</param>
    public int[] Step(int step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        return Epoch(step / BatchesPerEpoch)[step % BatchesPerEpoch];
    }

    /// <summary>The share of an epoch's batch positions that are padding.</summary>
    /// <param name="epoch">From 0.</param>
    /// <returns>In [0,1): 1 − Σ lengths / Σ (batch size × longest).</returns>
    public double PaddingWaste(int epoch)
    {
        long used = 0;
        long total = 0;
        foreach (int[] batch in Epoch(epoch))
        {
            used += batch.Sum(example => (long)_lengths[example]);
            total += (long)batch.Length * LongestOf(batch);
        }

        return total == 0 ? 0 : 1 - (double)used / total;
    }

    /// <summary>The longest of some examples.</summary>
    internal int LongestOf(int[] batch) => batch.Max(example => _lengths[example]);

    /// <summary>The tokens of some examples, without padding.</summary>
    internal long TokensOf(int[] batch) => batch.Sum(example => (long)_lengths[example]);
}
