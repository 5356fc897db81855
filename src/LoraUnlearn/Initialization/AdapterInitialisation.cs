using LoraUnlearn.Adapters;
using LoraUnlearn.Fisher;
using LoraUnlearn.LinearAlgebra;
using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Initialization;

/// <summary>How A and B start (METHODS §4).</summary>
public enum InitialisationKind
{
    /// <summary>Fisher-weighted SVD of the base weight (LoKU, arXiv 2408.06621), with the frozen offset.</summary>
    Fila,

    /// <summary>A Kaiming-uniform, B zero (LoRA, arXiv 2106.09685).</summary>
    Lora,

    /// <summary>A normal with standard deviation 1/r, B zero.</summary>
    Gaussian,

    /// <summary>Plain SVD of the base weight (PiSSA, arXiv 2404.02948), with the frozen offset.</summary>
    Pissa,

    /// <summary>
    /// Plain SVD of what quantising the base lost, W − Q, so that the adapted map starts nearer the unquantised one (LoftQ, arXiv
    /// 2310.08659, one step); no offset: step 0 is Q + s·BA.
    /// </summary>
    Loftq,
}

/// <summary>Sets the initial A and B of an adapter set, and with them the frozen offset where the start must not change the model.</summary>
public sealed class AdapterInitialisation
{
    internal const string NeedsOriginal =
        "--init loftq corrects what quantising the base loses, which is known only where it is quantised while it is read; give an unquantised model and --base-precision nf4 or int8.";

    private readonly long _seed;

    /// <summary>Keeps its arguments; the work is <see cref="Apply"/>'s.</summary>
    /// <param name="kind">Which one.</param>
    /// <param name="seed">Seed of everything random in it.</param>
    public AdapterInitialisation(InitialisationKind kind, long seed)
    {
        Kind = kind;
        _seed = seed;
    }

    /// <summary>What was asked for.</summary>
    public InitialisationKind Kind { get; }

    /// <summary>Power iterations q of the randomised SVD: each costs two products with W, and small singular values disturb less.</summary>
    public int PowerIterations { get; init; } = 4;

    /// <summary>Whether to use the exact SVD whatever the size, for comparison: cubic in the width.</summary>
    public bool Exact { get; init; }

    /// <summary>Whether <see cref="Apply"/> must be given Fisher statistics: FILA alone weighs rows by them.</summary>
    public static bool NeedsFisher(InitialisationKind kind) => kind == InitialisationKind.Fila;

    /// <summary>Writes A and B of every pair in place; a pair's random numbers depend on the seed and its place among the pairs alone.</summary>
    /// <param name="adapters">The adapter set.</param>
    /// <param name="fisher">Statistics of every adapted map; needed by <see cref="InitialisationKind.Fila"/> only.</param>
    /// <exception cref="ArgumentException">FILA without statistics.</exception>
    /// <exception cref="InputException">LoftQ on a map that was not quantised while it was read.</exception>
    public void Apply(AdapterSet adapters, FisherResult? fisher)
    {
        if (NeedsFisher(Kind) && fisher is null)
        {
            throw new ArgumentException("FILA needs Fisher statistics.", nameof(fisher));
        }

        using IDisposable noGrad = no_grad();
        for (int index = 0; index < adapters.Pairs.Count; index++)
        {
            using DisposeScope scope = NewDisposeScope();
            LowRankPair pair = adapters.Pairs[index];
            long seed = unchecked((_seed * 1_000_003) + index);
            (Tensor a, Tensor b) = Kind switch
            {
                InitialisationKind.Fila => FromSvd(pair.Map.CopyWeight(ScalarType.Float32), adapters, fisher!.Modules[pair.Map.Name].Weights(), seed),
                InitialisationKind.Pissa => FromSvd(pair.Map.CopyWeight(ScalarType.Float32), adapters, null, seed),
                InitialisationKind.Loftq => FromSvd(Residual(pair.Map), adapters, null, seed),
                _ => Random(pair, adapters.Rank, seed),
            };
            pair.Initialise(a, b, offset: Kind is InitialisationKind.Fila or InitialisationKind.Pissa);
        }
    }

    // A₀ = √(S/s) Vᵀ, B₀ = W V (S s)^(−1/2): no division by w, so rows of no importance are harmless.
    private (Tensor A, Tensor B) FromSvd(Tensor weight, AdapterSet adapters, Tensor? rowWeights, long seed)
    {
        LeadingSingular svd = SubspaceIteration.Compute(weight, rowWeights, adapters.Rank, PowerIterations, seed, Exact);
        // A floor keeps B finite where the weighted matrix has fewer than r directions; the product s·B₀A₀ does not depend on it.
        Tensor values = svd.Values.maximum((svd.Values.max() * Held(1e-6)).clamp_min(Held(1e-30))); // [r]
        Tensor a = svd.RightVectors.t() * (values / Held(adapters.Scale)).sqrt().unsqueeze(1); // [r,i]
        Tensor b = weight.mm(svd.RightVectors) / (values * Held(adapters.Scale)).sqrt(); // [o,r]
        return (a, b);
    }

    // What quantising lost, W − Q [o,i].
    private static Tensor Residual(LinearMap map)
    {
        if (map.ReadOriginal is not { } read)
        {
            throw new InputException(NeedsOriginal);
        }

        Tensor quantised = map.CopyWeight(ScalarType.Float32);
        return read().to(ScalarType.Float32, quantised.device) - quantised;
    }

    private (Tensor A, Tensor B) Random(LowRankPair pair, int rank, long seed)
    {
        using Generator generator = new((ulong)seed);
        long[] shape = [rank, pair.Map.InputWidth];
        Tensor a = Kind == InitialisationKind.Gaussian
            ? randn(shape, ScalarType.Float32, generator: generator) / Held(rank)
            : rand(shape, ScalarType.Float32, generator: generator).mul_(Held(2)).sub_(One) / Held(Math.Sqrt(pair.Map.InputWidth)); // U(−1/√i, 1/√i)
        return (a, zeros([pair.Map.OutputWidth, rank], ScalarType.Float32));
    }
}
