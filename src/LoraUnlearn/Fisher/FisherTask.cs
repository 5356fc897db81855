using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Fisher;

/// <summary>
/// Watches the linear maps of a <see cref="BlockwisePass"/> and turns their inputs X and output gradients Δ into statistics of
/// the per-example weight gradients g = Σ_t δ_t x_tᵀ, map by map. What a pass that broke off has left is disposed with the task.
/// </summary>
internal abstract class FisherTask : IBlockTask, ILinearObserver, IDisposable
{
    private readonly Dictionary<LinearMap, int> _blockOf = [];
    private readonly HashSet<LinearMap> _wanted;
    private readonly List<Seen>[] _seen;

    protected FisherTask(Decoder decoder, IEnumerable<LinearMap> maps)
    {
        _wanted = [.. maps];
        _seen = [.. decoder.Blocks.Select(_ => new List<Seen>())];
        LowestBlock = decoder.Blocks.Count;
        for (int block = decoder.Blocks.Count - 1; block >= 0; block--)
        {
            foreach (LinearMap map in decoder.Blocks[block].Maps.Where(_wanted.Contains))
            {
                _blockOf[map] = block;
                LowestBlock = block;
            }
        }
    }

    /// <inheritdoc/>
    public int LowestBlock { get; }

    /// <summary>Sequences of the batch being differentiated.</summary>
    public long Batch { get; set; }

    /// <inheritdoc/>
    public ILinearObserver? ObserverFor(int block) => this;

    /// <inheritdoc/>
    public void Observe(LinearMap map, Tensor input, Tensor output)
    {
        if (!_wanted.Contains(map))
        {
            return;
        }

        List<Seen> seen = _seen[_blockOf[map]];
        Seen? sibling = seen.Find(other => ReferenceEquals(other.Source, input));
        Tensor x = sibling?.Input ?? input.detach().DetachFromDisposeScope();
        seen.Add(new Seen(map, input, x, sibling is null, output.DetachFromDisposeScope()));
    }

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> Inputs(int block) => [.. _seen[block].Select(seen => seen.Output)];

    /// <inheritdoc/>
    public void Receive(int block, IReadOnlyList<Tensor> gradients)
    {
        using IDisposable noGrad = no_grad();
        List<Seen> seen = _seen[block];
        foreach (IGrouping<Tensor, (Seen Seen, Tensor Gradient)> group in seen.Zip(gradients).GroupBy<(Seen Seen, Tensor Gradient), Tensor>(pair => pair.Seen.Input, ReferenceEqualityComparer.Instance))
        {
            using DisposeScope scope = NewDisposeScope();
            Accumulate(
                Float(group.Key).view(Batch, -1, group.Key.shape[1]),
                [.. group.Select(pair => (pair.Seen.Map, Float(pair.Gradient).view(Batch, -1, pair.Gradient.shape[1])))]);
        }

        Clear(seen);
    }

    /// <inheritdoc/>
    public void Dispose() => Array.ForEach(_seen, Clear);

    /// <summary>Adds the statistics of maps that share an input.</summary>
    /// <param name="input">X [b,t,i] float32.</param>
    /// <param name="maps">Each map with its Δ [b,t,o] float32; Δ is zero at padding.</param>
    protected abstract void Accumulate(Tensor input, IReadOnlyList<(LinearMap Map, Tensor Gradient)> maps);

    private static void Clear(List<Seen> seen)
    {
        foreach (Seen one in seen)
        {
            one.Output.Dispose();
            if (one.OwnsInput)
            {
                one.Input.Dispose();
            }
        }

        seen.Clear();
    }

    private static Tensor Float(Tensor tensor) =>
        tensor.dtype is ScalarType.Float32 or ScalarType.Float64 ? tensor.alias() : tensor.to_type(ScalarType.Float32);

    private sealed record Seen(LinearMap Map, Tensor Source, Tensor Input, bool OwnsInput, Tensor Output);
}

/// <summary>
/// Row sums of the squared per-example gradients without the gradients (METHODS §3): ρ_j = Σ_k g_jk² = Σ_t [ Δ ⊙ (K Δ) ]_tj with
/// K = X Xᵀ. K is shared by the maps that share an input. Where long sequences make that the dearer way, g is formed for some
/// output rows at a time.
/// </summary>
internal sealed class RowFisherTask : FisherTask
{
    private const long FloatsAtOnce = 16L << 20;
    private readonly Dictionary<LinearMap, Tensor> _sums; // float64 [o]

    public RowFisherTask(Decoder decoder, IEnumerable<LinearMap> maps, Dictionary<LinearMap, Tensor> sums)
        : base(decoder, maps) => _sums = sums;

    /// <inheritdoc/>
    protected override void Accumulate(Tensor input, IReadOnlyList<(LinearMap Map, Tensor Gradient)> maps)
    {
        long b = input.shape[0], t = input.shape[1], i = input.shape[2];
        long outputs = maps.Sum(map => map.Gradient.shape[2]);
        bool useGram = t * (i + outputs) <= i * outputs && b * t * t <= 4 * FloatsAtOnce;
        Tensor? gram = useGram ? input.bmm(input.transpose(1, 2)) : null; // K [b,t,t]
        foreach ((LinearMap map, Tensor gradient) in maps)
        {
            Tensor rows = gram is not null
                ? gram.bmm(gradient).mul_(gradient).sum([0, 1], type: ScalarType.Float64) // [o]
                : Explicit(input, gradient);
            _sums[map].Increase(rows);
        }
    }

    // Σ over examples and k of g², g = Δᵀ X formed for a slice of output rows.
    private static Tensor Explicit(Tensor input, Tensor gradient)
    {
        long b = input.shape[0], i = input.shape[2], o = gradient.shape[2];
        long slice = Math.Clamp(FloatsAtOnce / (b * i), 1, o);
        List<Tensor> parts = [];
        for (long start = 0; start < o; start += slice)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor part = gradient.narrow(2, start, Math.Min(slice, o - start)).transpose(1, 2).bmm(input); // [b,slice,i]
            parts.Add(part.pow_(Held(2)).sum([0, 2], type: ScalarType.Float64).MoveToOuterDisposeScope());
        }

        return cat(parts, 0);
    }
}

/// <summary>Squared per-example gradients, element by element: F[o,i] += Σ_examples (Δᵀ X)².</summary>
internal sealed class ElementFisherTask : FisherTask
{
    private const long FloatsAtOnce = 16L << 20;
    private readonly Dictionary<LinearMap, Tensor> _sums; // float32 [o,i]

    public ElementFisherTask(Decoder decoder, Dictionary<LinearMap, Tensor> sums)
        : base(decoder, sums.Keys) => _sums = sums;

    /// <inheritdoc/>
    protected override void Accumulate(Tensor input, IReadOnlyList<(LinearMap Map, Tensor Gradient)> maps)
    {
        long b = input.shape[0];
        foreach ((LinearMap map, Tensor gradient) in maps)
        {
            long together = Math.Clamp(FloatsAtOnce / (map.InputWidth * map.OutputWidth), 1, b);
            for (long start = 0; start < b; start += together)
            {
                using DisposeScope scope = NewDisposeScope();
                long count = Math.Min(together, b - start);
                Tensor delta = gradient.narrow(0, start, count).transpose(1, 2); // [c,o,t]
                _sums[map].Increase(delta.bmm(input.narrow(0, start, count)).pow_(Held(2)).sum([0])); // [o,i]
            }
        }
    }
}
