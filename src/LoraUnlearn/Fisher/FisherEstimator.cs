using LoraUnlearn.Data;
using LoraUnlearn.Head;
using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Fisher;

/// <summary>
/// Per-example empirical Fisher information of the linear maps of a frozen model (METHODS §3): per example, not per batch;
/// no weight gradient is formed, no parameter of the base is ever differentiated.
/// </summary>
public sealed class FisherEstimator
{
    private readonly Decoder _decoder;
    private readonly IReadOnlyList<LinearMap> _maps;
    private readonly FisherOptions _options;

    /// <summary>Prepares an estimate.</summary>
    /// <param name="decoder">The model; adapters on it, if any, must be switched off by the caller.</param>
    /// <param name="maps">The maps to estimate.</param>
    /// <param name="options">Settings.</param>
    public FisherEstimator(Decoder decoder, IReadOnlyList<LinearMap> maps, FisherOptions options)
    {
        _decoder = decoder;
        _maps = maps;
        _options = options;
    }

    /// <summary>Estimates both sets.</summary>
    /// <param name="forget">The forget set.</param>
    /// <param name="retain">The retain set, or null.</param>
    /// <param name="progress">Told after every batch, or null.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public FisherResult Estimate(IReadOnlyList<LabelledSequence> forget, IReadOnlyList<LabelledSequence>? retain, IProgress<FisherProgress>? progress = null, CancellationToken cancellation = default)
    {
        long forgetTokens = forget.Sum(sequence => (long)sequence.LabelledCount);
        long retainTokens = retain?.Sum(sequence => (long)sequence.LabelledCount) ?? 0;
        List<List<LinearMap>> groups = _options.Mode == FisherMode.Rowwise ? [[.. _maps]] : Groups(retain is null ? 1 : 2);
        Counter counter = new(progress, (long)groups.Count * (forget.Count + (retain?.Count ?? 0)));
        Dictionary<string, ModuleFisher> modules = [];
        using DisposeScope all = NewDisposeScope();
        foreach (List<LinearMap> group in groups)
        {
            using DisposeScope scope = NewDisposeScope(); // of the group's sums
            Dictionary<LinearMap, Tensor> forgetSums = Accumulate(group, forget, forgetTokens, counter, cancellation);
            Dictionary<LinearMap, Tensor>? retainSums = retain is null ? null : Accumulate(group, retain, retainTokens, counter, cancellation);
            foreach (LinearMap map in group)
            {
                modules[map.Name] = Summarise(forgetSums[map], retainSums?[map]);
            }
        }

        return new FisherResult(modules, _options, forgetTokens, retainTokens).DetachFromDisposeScope();
    }

    // In the scope outside the current one.
    private ModuleFisher Summarise(Tensor forget, Tensor? retain)
    {
        bool rowwise = _options.Mode == FisherMode.Rowwise;
        Tensor relative = rowwise
            ? RelativeFisher.Rowwise(forget, retain, _options.Epsilon)
            : RelativeFisher.Elementwise(forget, retain, _options.Epsilon);
        return new ModuleFisher(
            (rowwise ? forget : forget.sum(1)).MoveToOuterDisposeScope(),
            (rowwise ? retain : retain?.sum(1))?.MoveToOuterDisposeScope(),
            relative.MoveToOuterDisposeScope());
    }

    // F summed over the examples and divided by the scored tokens: [o] float64 or [o,i] float32 for each map, in the current scope.
    private Dictionary<LinearMap, Tensor> Accumulate(IReadOnlyList<LinearMap> maps, IReadOnlyList<LabelledSequence> sequences, long tokens, Counter counter, CancellationToken cancellation)
    {
        bool rowwise = _options.Mode == FisherMode.Rowwise;
        Dictionary<LinearMap, Tensor> sums = maps.ToDictionary(map => map, map => rowwise
            ? zeros([map.OutputWidth], ScalarType.Float64, _decoder.Device)
            : zeros([map.OutputWidth, map.InputWidth], ScalarType.Float32, _decoder.Device));
        using FisherTask task = rowwise ? new RowFisherTask(_decoder, maps, sums) : new ElementFisherTask(_decoder, sums);
        foreach (int[] rows in LengthSortedBatches.Of(sequences, _options.TokensPerBatch))
        {
            cancellation.ThrowIfCancellationRequested();
            LabelledSequence[] batch = [.. rows.Select(row => sequences[row])];
            Differentiate(task, batch);
            counter.Add(batch.Length, batch.Sum(sequence => sequence.InputIds.Length));
        }

        foreach (Tensor sum in sums.Values)
        {
            sum.div_(Held((double)Math.Max(1, tokens)));
        }

        return sums;
    }

    private void Differentiate(FisherTask task, LabelledSequence[] sequences)
    {
        using DisposeScope scope = NewDisposeScope();
        using Batch batch = Batch.Create(sequences, _decoder.Device);
        using ScoredPositions positions = ScoredPositions.Of(sequences, batch.MaxLength, _decoder.Device);
        task.Batch = sequences.Length;
        using BlockwisePass pass = new(_decoder, batch.InputIds, task, _options.Checkpointing);
        Tensor rows = pass.Hidden.index_select(0, positions.Rows); // [n,d]
        HeadResult head = OutputHead.Evaluate(_decoder, rows, new SummedNll(), 1, positions);
        Tensor gradient = zeros_like(pass.Hidden).index_copy_(0, positions.Rows, head.Gradient!); // [b·t,d]
        pass.Backward(new Dictionary<int, Tensor> { [pass.Layers] = gradient });
    }

    private List<List<LinearMap>> Groups(int accumulators)
    {
        List<List<LinearMap>> groups = [];
        long used = long.MaxValue;
        foreach (LinearMap map in _maps)
        {
            long bytes = map.InputWidth * map.OutputWidth * sizeof(float) * accumulators;
            if (groups.Count == 0 || used + bytes > _options.MemoryBudget)
            {
                groups.Add([]);
                used = 0;
            }

            groups[^1].Add(map);
            used += bytes;
        }

        return groups;
    }

    private sealed class SummedNll : ITokenLoss
    {
        public bool NeedsRunnerUp => false;

        public Tensor Loss(TokenStatistics statistics, TokenStatistics? alternate) => statistics.LogProbability.sum().neg();
    }

    private sealed class Counter(IProgress<FisherProgress>? progress, long total)
    {
        private long _done;
        private long _tokens;

        public void Add(long sequences, long tokens)
        {
            _done += sequences;
            _tokens += tokens;
            progress?.Report(new FisherProgress(_done, total, _tokens));
        }
    }
}

/// <summary>The rows that a Fisher estimate uses where a set is larger than it needs.</summary>
public static class FisherSample
{
    /// <summary>Draws rows without repetition, and leaves them in their order.</summary>
    /// <param name="examples">The set.</param>
    /// <param name="rows">How many; 0 for all.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="stream">Tells the sets of a run apart.</param>
    public static IReadOnlyList<Example> Draw(IReadOnlyList<Example> examples, int rows, long seed, long stream)
    {
        if (rows == 0 || examples.Count <= rows)
        {
            return examples;
        }

        int[] chosen = SeededRandom.ForStream(seed, stream).Permutation(examples.Count)[..rows];
        return [.. chosen.Order().Select(index => examples[index])];
    }
}
