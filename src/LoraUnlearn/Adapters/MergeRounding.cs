using LoraUnlearn.Torch;

namespace LoraUnlearn.Adapters;

/// <summary>
/// What rounding to the stored type has left of a change: the sum W + ΔW is exact, and the written weight is the nearest number that
/// the type has. Where ΔW is small against the spacing of W's numbers, most of it is gone, and what was forgotten is back.
/// </summary>
/// <param name="Module">Module name; empty for all together.</param>
/// <param name="ChangeEnergy">‖ΔW‖², Frobenius.</param>
/// <param name="ErrorEnergy">‖rounded − exact‖².</param>
/// <param name="Overlap">⟨rounded − W, ΔW⟩.</param>
/// <param name="Unchanged">Entries whose written value is the base's.</param>
/// <param name="Entries">Entries in all.</param>
public sealed record MergeRounding(string Module, double ChangeEnergy, double ErrorEnergy, double Overlap, long Unchanged, long Entries)
{
    /// <summary>‖rounded − exact‖/‖ΔW‖; 0 where ΔW is zero.</summary>
    public double RelativeError => ChangeEnergy > 0 ? Math.Sqrt(ErrorEnergy / ChangeEnergy) : 0;

    /// <summary>⟨rounded − W, ΔW⟩/‖ΔW‖²: how much of the change is there, in its own direction; 1 where all is. Rounding at random keeps it near 1.</summary>
    public double Kept => ChangeEnergy > 0 ? Overlap / ChangeEnergy : 1;

    /// <summary>The share of entries whose written value is the base's.</summary>
    public double UnchangedShare => Entries > 0 ? (double)Unchanged / Entries : 0;

    /// <summary>The sum of several.</summary>
    internal static MergeRounding Sum(string module, IEnumerable<MergeRounding> parts) => parts.Aggregate(
        new MergeRounding(module, 0, 0, 0, 0, 0),
        (sum, part) => new(module, sum.ChangeEnergy + part.ChangeEnergy, sum.ErrorEnergy + part.ErrorEnergy, sum.Overlap + part.Overlap, sum.Unchanged + part.Unchanged, sum.Entries + part.Entries));
}

/// <summary>How a merge is written.</summary>
public sealed record MergeOptions
{
    /// <summary>Type of the written floating-point tensors; null keeps each tensor's own.</summary>
    public TorchSharp.torch.ScalarType? Dtype { get; init; }

    /// <summary>How merged weights of a quantised model are quantised again; stored for not at all.</summary>
    public BasePrecision Requantise { get; init; } = BasePrecision.Stored;

    /// <summary>Whether merged weights in bfloat16 and float16 are rounded to one of their neighbours at random, with the exact mean.</summary>
    public bool RoundsAtRandom { get; init; }

    /// <summary>Seed of that.</summary>
    public long Seed { get; init; } = 42;

    /// <summary>Told how many of how many bytes are written; or null.</summary>
    public Action<long, long>? Progress { get; init; }

    /// <summary>Stops the work; nothing is left then.</summary>
    public CancellationToken Cancellation { get; init; }
}

/// <summary>What a merge has done.</summary>
/// <param name="Modules">The rounding of each merged weight.</param>
/// <param name="Bytes">Bytes of weights that were written.</param>
public sealed record MergeResult(IReadOnlyList<MergeRounding> Modules, long Bytes)
{
    /// <summary>The rounding of all merged weights together.</summary>
    public MergeRounding All { get; } = MergeRounding.Sum("", Modules);
}
