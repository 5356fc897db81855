using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Adapters;

/// <summary>
/// Low-rank pairs on some of a decoder's linear maps. All A and B are views of one float32 vector, and their gradients of
/// another, so that the optimiser, norms and checkpoints each handle a single tensor.
/// </summary>
public sealed class AdapterSet : ITrainedParameters, IBlockTask, IDisposable
{
    private readonly List<LowRankPair>[] _byBlock;
    private readonly List<Tensor>[] _gradientsByBlock; // views of Gradient, in the order A, B of each pair
    private readonly IReadOnlyList<Tensor>[] _parametersByBlock;

    /// <summary>Attaches zero-valued pairs to a decoder.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="maps">The maps to adapt, in the decoder's order.</param>
    /// <param name="rank">Rank r.</param>
    /// <param name="alpha">α; the scale is α/r, or α/√r for rank-stabilised adapters.</param>
    /// <param name="rankStabilised">Whether the scale is α/√r (rsLoRA, arXiv 2312.03732).</param>
    /// <exception cref="InputException">No map, or a map smaller than the rank.</exception>
    public AdapterSet(Decoder decoder, IReadOnlyList<LinearMap> maps, int rank, double alpha, bool rankStabilised = false)
    {
        Check(maps, rank, alpha);
        Decoder = decoder;
        Rank = rank;
        Alpha = alpha;
        IsRankStabilised = rankStabilised;
        Scale = rankStabilised ? alpha / Math.Sqrt(rank) : alpha / rank;
        long total = maps.Sum(map => rank * (map.InputWidth + map.OutputWidth));
        Parameters = zeros([total], ScalarType.Float32, decoder.Device).DetachFromDisposeScope();
        Gradient = zeros([total], ScalarType.Float32, decoder.Device).DetachFromDisposeScope();
        _byBlock = [.. decoder.Blocks.Select(_ => new List<LowRankPair>())];
        _gradientsByBlock = [.. decoder.Blocks.Select(_ => new List<Tensor>())];
        Dictionary<LinearMap, int> blockOf = [];
        for (int block = 0; block < decoder.Blocks.Count; block++)
        {
            foreach (LinearMap map in decoder.Blocks[block].Maps)
            {
                blockOf[map] = block;
            }
        }

        long offset = 0;
        foreach (LinearMap map in maps)
        {
            int block = blockOf[map];
            (Tensor a, Tensor gradientA) = Slice(ref offset, rank, map.InputWidth);
            (Tensor b, Tensor gradientB) = Slice(ref offset, map.OutputWidth, rank);
            LowRankPair pair = new(this, map, a.requires_grad_(true), b.requires_grad_(true));
            _byBlock[block].Add(pair);
            _gradientsByBlock[block].AddRange([gradientA, gradientB]);
            map.Delta = pair;
        }

        Pairs = [.. _byBlock.SelectMany(pairs => pairs)];
        _parametersByBlock = [.. _byBlock.Select(pairs => (IReadOnlyList<Tensor>)[.. pairs.SelectMany(pair => new[] { pair.A, pair.B })])];
        LowestBlock = Array.FindIndex(_byBlock, pairs => pairs.Count > 0);
    }

    /// <summary>The adapted model.</summary>
    public Decoder Decoder { get; }

    /// <summary>Rank r.</summary>
    public int Rank { get; }

    /// <summary>α.</summary>
    public double Alpha { get; }

    /// <summary>Whether the scale is α/√r.</summary>
    public bool IsRankStabilised { get; }

    /// <summary>Scale s.</summary>
    public double Scale { get; }

    /// <summary>The pairs, in the decoder's order.</summary>
    public IReadOnlyList<LowRankPair> Pairs { get; }

    /// <summary>All A and B, float32 [p], pair by pair: A row by row, then B row by row.</summary>
    public Tensor Parameters { get; }

    /// <summary>Accumulated gradient, float32 [p], in the same order.</summary>
    public Tensor Gradient { get; }

    /// <summary>Off, the model is the base: the reference of the objectives that need one.</summary>
    public bool Enabled { get; private set; } = true;

    /// <inheritdoc/>
    public int LowestBlock { get; }

    /// <summary>Switches the adapter off until the result is disposed.</summary>
    public IDisposable SwitchOff() => new AdapterSwitch(Enabled, enabled => Enabled = enabled);

    /// <summary>Whether the parameters are promised not to change (<see cref="HoldStill"/>).</summary>
    internal bool IsHeld { get; private set; }

    /// <summary>
    /// Promises that no parameter changes until the result is disposed, so that forward passes without gradients put the factors of
    /// each map together once and not at every batch.
    /// </summary>
    public IDisposable HoldStill()
    {
        bool before = IsHeld;
        IsHeld = true;
        return new Hold(this, before);
    }

    /// <inheritdoc/>
    public ILinearObserver? ObserverFor(int block) => null;

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> Inputs(int block) => _parametersByBlock[block];

    /// <inheritdoc/>
    public void Receive(int block, IReadOnlyList<Tensor> gradients)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        for (int index = 0; index < gradients.Count; index++)
        {
            _gradientsByBlock[block][index].Increase(gradients[index]);
        }
    }

    /// <summary>The part of a vector like <see cref="Parameters"/> that belongs to one pair: A and B together.</summary>
    /// <param name="vector">[p].</param>
    /// <returns>Module name and view; the caller disposes the views.</returns>
    public IEnumerable<(string Module, Tensor Part)> Split(Tensor vector)
    {
        long offset = 0;
        foreach (LowRankPair pair in Pairs)
        {
            long length = pair.A.numel() + pair.B.numel();
            yield return (pair.Map.Name, vector.narrow(0, offset, length));
            offset += length;
        }
    }

    /// <summary>Detaches the pairs from the decoder and frees them.</summary>
    public void Dispose()
    {
        foreach (LowRankPair pair in Pairs)
        {
            if (ReferenceEquals(pair.Map.Delta, pair))
            {
                pair.Map.Delta = null;
            }

            pair.Dispose();
        }

        foreach (Tensor view in _gradientsByBlock.SelectMany(views => views))
        {
            view.Dispose();
        }

        Parameters.Dispose();
        Gradient.Dispose();
    }

    private sealed class Hold(AdapterSet owner, bool before) : IDisposable
    {
        public void Dispose()
        {
            owner.IsHeld = before;
            if (!before)
            {
                foreach (LowRankPair pair in owner.Pairs)
                {
                    pair.Release();
                }
            }
        }
    }

    private static void Check(IReadOnlyList<LinearMap> maps, int rank, double alpha) =>
        Check([.. maps.Select(map => (map.Name, map.InputWidth, map.OutputWidth))], rank, alpha);

    /// <summary>What the constructor refuses, by names and widths alone.</summary>
    /// <exception cref="InputException">No map, or a map smaller than the rank.</exception>
    internal static void Check(IReadOnlyList<(string Name, long InputWidth, long OutputWidth)> maps, int rank, double alpha)
    {
        if (maps.Count == 0)
        {
            throw new InputException("No linear map is adapted; name at least one with --targets.");
        }

        if (rank < 1 || !(alpha > 0) || double.IsInfinity(alpha))
        {
            throw new InputException($"An adapter of rank {rank} and alpha {alpha} cannot be made; both must be positive.");
        }

        foreach ((string name, long input, long output) in maps)
        {
            if (rank > Math.Min(input, output))
            {
                throw new InputException(
                    $"Rank {rank} is larger than '{name}' [{output},{input}]; use at most {Math.Min(input, output)} or leave that map out with --targets.");
            }
        }
    }

    private (Tensor Value, Tensor Gradient) Slice(ref long offset, long rows, long columns)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor value = Parameters.narrow(0, offset, rows * columns).view(rows, columns).DetachFromDisposeScope();
        Tensor gradient = Gradient.narrow(0, offset, rows * columns).view(rows, columns).DetachFromDisposeScope();
        offset += rows * columns;
        return (value, gradient);
    }
}

/// <summary>Keeps an adapter off until it is disposed, then sets it back to what it was; nests.</summary>
internal sealed class AdapterSwitch : IDisposable
{
    private readonly bool _before;
    private readonly Action<bool> _set;

    /// <summary>Switches off.</summary>
    /// <param name="before">Whether the adapter is on now.</param>
    /// <param name="set">Switches it.</param>
    public AdapterSwitch(bool before, Action<bool> set)
    {
        _before = before;
        _set = set;
        set(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _set(_before);
}
