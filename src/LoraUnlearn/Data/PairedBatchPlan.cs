namespace LoraUnlearn.Data;

/// <summary>
/// For each forget batch a retain batch of similar length, so that both can go through the model at once with little
/// padding. Both sides walk their own epochs without replacement (see <see cref="BatchPlan"/>).
/// </summary>
/// <remarks>
/// A retain epoch of m batches lies over m consecutive steps. Within it the step with the k-th longest forget batch gets
/// the k-th longest retain batch, which minimises the sum of the differences in length, uses every retain batch exactly
/// once, and depends on nothing but the lengths, the batch sizes, the seed and the step. Equal lengths are matched at random.
/// </remarks>
public sealed class PairedBatchPlan
{
    // Separates the streams of one seed: the forget side, the retain side and the breaking of ties.
    private const long RetainStream = 0x5245_5441;
    private const long TieStream = 0x5449_4553;

    private readonly BatchPlan _forget;
    private readonly BatchPlan _retain;
    private readonly long _tieSeed;
    private readonly Dictionary<int, IReadOnlyList<int[]>> _forgetEpochs = [];
    private (int Epoch, int[][] Batches) _assigned = (-1, []);

    /// <summary>Creates a plan.</summary>
    /// <param name="forgetLengths">The length of each forget example.</param>
    /// <param name="retainLengths">The length of each retain example.</param>
    /// <param name="forgetBatchSize">Forget examples a step; 0: all.</param>
    /// <param name="retainBatchSize">Retain examples a step; 0: all.</param>
    /// <param name="seed">Orders the epochs of both.</param>
    /// <exception cref="ArgumentException">A side has no examples.</exception>
    /// <exception cref="InputException">A batch size is negative.</exception>
    public PairedBatchPlan(
        IReadOnlyList<int> forgetLengths,
        IReadOnlyList<int> retainLengths,
        int forgetBatchSize,
        int retainBatchSize,
        long seed)
    {
        _forget = new BatchPlan(forgetLengths, forgetBatchSize, seed);
        _retain = new BatchPlan(retainLengths, retainBatchSize, seed ^ (RetainStream << 24));
        _tieSeed = seed ^ (TieStream << 24);
    }

    /// <summary>Steps in which every forget example is seen once.</summary>
    public int StepsPerEpoch => _forget.BatchesPerEpoch;

    /// <summary>Steps in which every retain example is seen once.</summary>
    public int StepsPerRetainEpoch => _retain.BatchesPerEpoch;

    /// <summary>The batches of a step.</summary>
    /// <param name="step">From 0, over all epochs.</param>
    /// <returns>The indices of the forget and of the retain examples. The forget batches are those of a <see cref="BatchPlan"/> with the same seed.</returns>
    public (int[] Forget, int[] Retain) Step(int step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        int retainEpoch = step / _retain.BatchesPerEpoch;
        if (_assigned.Epoch != retainEpoch)
        {
            _assigned = (retainEpoch, Assign(retainEpoch));
        }

        return (ForgetBatch(step), _assigned.Batches[step % _retain.BatchesPerEpoch]);
    }

    /// <summary>The share of positions that are padding when the two batches of each step go through the model as one.</summary>
    /// <param name="firstStep">The first step.</param>
    /// <param name="count">How many steps; at least 1.</param>
    public double PaddingWaste(int firstStep, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        long used = 0;
        long total = 0;
        for (int step = firstStep; step < firstStep + count; step++)
        {
            (int[] forget, int[] retain) = Step(step);
            used += _forget.TokensOf(forget) + _retain.TokensOf(retain);
            total += (long)(forget.Length + retain.Length) * Math.Max(_forget.LongestOf(forget), _retain.LongestOf(retain));
        }

        return total == 0 ? 0 : 1 - (double)used / total;
    }

    private int[] ForgetBatch(int step)
    {
        int epoch = step / _forget.BatchesPerEpoch;
        if (!_forgetEpochs.TryGetValue(epoch, out IReadOnlyList<int[]>? batches))
        {
            if (_forgetEpochs.Count >= 64)
            {
                _forgetEpochs.Clear();
            }

            batches = _forget.Epoch(epoch);
            _forgetEpochs[epoch] = batches;
        }

        return batches[step % _forget.BatchesPerEpoch];
    }

    /// <summary>The retain batch of each step of a retain epoch, by rank of length.</summary>
    private int[][] Assign(int retainEpoch)
    {
        int count = _retain.BatchesPerEpoch;
        int firstStep = checked(retainEpoch * count);
        SeededRandom ties = SeededRandom.ForStream(_tieSeed, retainEpoch);

        // Batches come from Epoch in random order and OrderBy is stable: ties among retain batches are random already.
        int[][] batches = [.. _retain.Epoch(retainEpoch).OrderBy(_retain.LongestOf)];
        int[] forgetLengths = [.. Enumerable.Range(firstStep, count).Select(step => _forget.LongestOf(ForgetBatch(step)))];
        int[] steps = [.. ties.Permutation(count).OrderBy(step => forgetLengths[step])];
        int[][] assigned = new int[count][];
        for (int rank = 0; rank < count; rank++)
        {
            assigned[steps[rank]] = batches[rank];
        }

        return assigned;
    }
}
