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
