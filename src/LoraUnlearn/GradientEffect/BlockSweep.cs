using LoraUnlearn.Data;
using LoraUnlearn.Models;
using LoraUnlearn.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.GradientEffect;

/// <summary>
/// Goes through the blocks from the last to the first, and in each block over all rows of both sets: the gradients of one
/// block's weights are all that ever exists at once. For the shares of single rows a block's two risk gradients are summed
/// first; then each row's part of the objectives' gradients meets them.
/// </summary>
internal sealed class BlockSweep : IDisposable
{
    private readonly CancellationToken _cancellation;
    private readonly Decoder _decoder;
    private readonly SweptLoss _forgetRisk;
    private readonly UnlearningStep _heads;
    private readonly int _lowest;
    private readonly IReadOnlyList<SweptLoss> _objectives;
    private readonly EffectOptions _options;
    private readonly Action _passDone;
    private readonly SweptLoss _retainRisk;
    private readonly IReadOnlyList<SweptRows> _rows;
    private readonly Dictionary<SweptLoss, Tensor> _shares = []; // [2, rows of the set], float64
    private readonly IReadOnlySet<LinearMap> _wanted;

    /// <summary>Prepares a sweep.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="wanted">The maps to differentiate by; at least one.</param>
    /// <param name="heads">Evaluates the losses on hidden states.</param>
    /// <param name="options">Settings.</param>
    /// <param name="forgetRisk">R(D_forget).</param>
    /// <param name="retainRisk">R(D_retain).</param>
    /// <param name="objectives">The objectives.</param>
    /// <param name="passDone">Told after each pass of a batch through a block.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public BlockSweep(Decoder decoder, IReadOnlySet<LinearMap> wanted, UnlearningStep heads, EffectOptions options, SweptLoss forgetRisk, SweptLoss retainRisk, IReadOnlyList<SweptLoss> objectives, Action passDone, CancellationToken cancellation)
    {
        _decoder = decoder;
        _wanted = wanted;
        _heads = heads;
        _options = options;
        _forgetRisk = forgetRisk;
        _retainRisk = retainRisk;
        _objectives = objectives;
        _passDone = passDone;
        _cancellation = cancellation;
        _lowest = decoder.Blocks.ToList().FindIndex(block => block.Maps.Any(wanted.Contains));
        _rows = [.. objectives.Prepend(retainRisk).Prepend(forgetRisk).GroupBy(loss => loss.Sequences).Select(group => new SweptRows(decoder, [.. group], options.TokensPerBatch))];
        foreach (SweptLoss loss in options.Instances ? objectives : [])
        {
            _shares[loss] = zeros([2, loss.Examples.Count], ScalarType.Float64, decoder.Device).DetachFromDisposeScope();
        }
    }

    /// <summary>Passes of a batch through a block that the sweep makes, one for all of its first way up.</summary>
    public long Passes => _rows.Sum(rows => rows.Batches.Count) * (1L + (Phases.Count * (_decoder.Blocks.Count - _lowest)));

    // Which losses are differentiated together.
    private IReadOnlyList<Predicate<SweptLoss>> Phases =>
        _options.Instances ? [loss => !_objectives.Contains(loss), _objectives.Contains] : [_ => true];

    /// <summary>Measures.</summary>
    /// <returns>For each objective its modules, in the decoder's order.</returns>
    public Dictionary<SweptLoss, List<ModuleEffect>> Run()
    {
        using IDisposable noGrad = no_grad();
        int stride = Stride();
        foreach (SweptRows rows in _rows)
        {
            foreach (SweptBatch batch in rows.Batches)
            {
                _cancellation.ThrowIfCancellationRequested();
                Forward(rows, batch, stride);
                _passDone();
            }
        }

        Dictionary<SweptLoss, List<ModuleEffect>> modules = _objectives.ToDictionary(loss => loss, _ => new List<ModuleEffect>());
        int top = _decoder.Blocks.Count - 1;
        for (int block = top; block >= _lowest; block--)
        {
            int above = (block - _lowest) % stride; // distance from the kept state below
            if (above == stride - 1 || block == top)
            {
                Refill(block - above, block);
            }

            Measure(block, modules);
        }

        return modules;
    }

    /// <summary>The shares of each row in an objective's e_u, then those in its e_r; empty unless asked for.</summary>
    public (double[] Unlearning, double[] Retaining) Shares(SweptLoss loss)
    {
        if (!_shares.TryGetValue(loss, out Tensor? shares))
        {
            return ([], []);
        }

        using Tensor host = shares.cpu();
        double[] all = host.data<double>().ToArray();
        return (all[..loss.Examples.Count], all[loss.Examples.Count..]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable owned in _rows.Cast<IDisposable>().Concat(_shares.Values))
        {
            owned.Dispose();
        }
    }

    // Every state where all of them fit the budget; else every k-th, with the smallest k that fits or needs least.
    private int Stride()
    {
        int blocks = _decoder.Blocks.Count - _lowest;
        double one = (double)_rows.Sum(rows => rows.Tokens) * _decoder.Spec.Width * _decoder.HeadWeight.element_size();
        int least = (int)Math.Ceiling(Math.Sqrt(blocks));
        double Kept(int stride) => ((blocks + stride - 1) / stride) + stride - 1;
        return Enumerable.Range(1, least).FirstOrDefault(stride => Kept(stride) * one <= _options.StateBudget, least);
    }

    // The way up: keeps every k-th state, and each loss's gradient by the state that it is a function of.
    private void Forward(SweptRows rows, SweptBatch batch, int stride)
    {
        using DisposeScope scope = NewDisposeScope();
        using AttentionContext context = Begin(batch);
        Tensor state = _decoder.Embed(batch.InputIds, context); // [b·t,d]
        for (int block = 0; block <= rows.Depth; block++)
        {
            for (int index = 0; index < rows.Losses.Count; index++)
            {
                if (rows.Losses[index].Depth == block)
                {
                    batch.Incoming[index] = HeadGradient(rows.Losses[index], batch, state);
                }
            }

            if (block == rows.Depth)
            {
                return;
            }

            if (block >= _lowest && (block - _lowest) % stride == 0)
            {
                batch.States[block] = state.alias().DetachFromDisposeScope();
            }

            Tensor next = _decoder.Blocks[block].Forward(state, context);
            state.Dispose();
            state = next;
        }
    }

    private Tensor HeadGradient(SweptLoss loss, SweptBatch batch, Tensor state)
    {
        using DisposeScope scope = NewDisposeScope();
        LossPart part = loss.Part(batch.Rows);
        Tensor gradient = zeros_like(state); // [b·t,d]
        Tensor value = _heads.Evaluate([part], batch.Tokens, state, (rows, by) => gradient.index_add_(0, rows, by, One))[0];
        loss.Value += value.Number() * part.Weight;
        return gradient.DetachFromDisposeScope();
    }

    // The states between two kept ones, computed again.
    private void Refill(int kept, int last)
    {
        foreach (SweptRows rows in _rows)
        {
            foreach (SweptBatch batch in rows.Batches)
            {
                using DisposeScope scope = NewDisposeScope();
                using AttentionContext context = Begin(batch);
                for (int block = kept; block < Math.Min(last, rows.Depth - 1); block++)
                {
                    batch.States[block + 1] = _decoder.Blocks[block].Forward(batch.States[block]!, context).DetachFromDisposeScope();
                }
            }
        }
    }

    private void Measure(int block, Dictionary<SweptLoss, List<ModuleEffect>> modules)
    {
        using DisposeScope scope = NewDisposeScope();
        long tokens = _rows.Max(rows => rows.Tokens);
        Dictionary<SweptLoss, BlockGradients> sums = [];
        try
        {
            foreach (SweptLoss loss in _rows.SelectMany(rows => rows.Losses))
            {
                sums[loss] = new BlockGradients(_decoder, block, _wanted, _options.Parameters, tokens);
            }

            foreach (Predicate<SweptLoss> phase in Phases)
            {
                foreach (SweptRows rows in _rows)
                {
                    foreach (SweptBatch batch in rows.Batches)
                    {
                        _cancellation.ThrowIfCancellationRequested();
                        Differentiate(block, rows, batch, phase, sums);
                        _passDone();
                    }
                }
            }

            foreach (SweptLoss loss in _objectives)
            {
                modules[loss].InsertRange(0, sums[loss].Effects(sums[_forgetRisk], sums[_retainRisk]));
            }
        }
        finally
        {
            foreach (BlockGradients sum in sums.Values)
            {
                sum.Dispose();
            }
        }

        foreach (SweptBatch batch in _rows.SelectMany(rows => rows.Batches))
        {
            batch.States[block]?.Dispose();
            batch.States[block] = null;
        }
    }

    // Runs a batch through a block, and back for each loss; leaves the gradients by the block's input for the block below.
    private void Differentiate(int block, SweptRows rows, SweptBatch batch, Predicate<SweptLoss> phase, Dictionary<SweptLoss, BlockGradients> sums)
    {
        int[] live = [.. Enumerable.Range(0, rows.Losses.Count).Where(index => block < rows.Losses[index].Depth && phase(rows.Losses[index]))];
        if (live.Length == 0)
        {
            return;
        }

        using DisposeScope scope = NewDisposeScope();
        using AttentionContext context = Begin(batch);
        using RecordedBlock recorded = new(_decoder, block, batch.States[block]!, context, _wanted.Contains, needsInput: block > _lowest);
        foreach (int index in live)
        {
            using DisposeScope own = NewDisposeScope();
            SweptLoss loss = rows.Losses[index];
            (Tensor? byInput, IReadOnlyList<(LinearMap Map, Tensor Input, Tensor Gradient)> maps) = recorded.Differentiate(batch.Incoming[index]!, keepGraph: index != live[^1]);
            batch.Incoming[index]!.Dispose();
            batch.Incoming[index] = byInput?.DetachFromDisposeScope();
            foreach ((LinearMap map, Tensor input, Tensor gradient) in maps)
            {
                sums[loss].Add(map, input, gradient);
                if (_shares.TryGetValue(loss, out Tensor? shares))
                {
                    Tensor forget = sums[_forgetRisk].TokenProducts(map, input, gradient), retain = sums[_retainRisk].TokenProducts(map, input, gradient); // [b·t]
                    AddShares(batch, shares, stack(new[] { forget, retain }, 0));
                }
            }
        }
    }

    // A row's tokens, and those of its replacement answer where the objective compares both, add to the row's share.
    private static void AddShares(SweptBatch batch, Tensor shares, Tensor products)
    {
        Tensor byRow = products.view(2, -1, batch.Rows.Count, batch.Tokens.MaxLength).sum([1, 3], type: ScalarType.Float64); // [2,rows]
        shares.index_add_(1, tensor(batch.Indices.Select(index => (long)index).ToArray(), ScalarType.Int64, shares.device), byRow, One);
    }

    private AttentionContext Begin(SweptBatch batch) => _decoder.Begin(batch.InputIds.shape[0], batch.Tokens.MaxLength);
}
