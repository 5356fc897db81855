namespace LoraUnlearn.Fisher;

/// <summary>Which relative importance of an output row, w_j² (METHODS §3).</summary>
public enum FisherMode
{
    /// <summary>w_j² = Σ_k F^f_jk / (ε + Σ_k F^r_jk): one pass, memory that does not grow with o×i.</summary>
    Rowwise,

    /// <summary>w_j² = Σ_k [ F^f_jk / (ε + F^r_jk) ], LoKU's own: both o×i accumulators, streamed over groups of maps.</summary>
    Elementwise,
}

/// <summary>Settings of the Fisher estimate; beyond rounding, only mode and ε change the result.</summary>
public sealed record FisherOptions
{
    /// <summary>Row sums first, then the ratio; or element by element, as LoKU does, at the price of two o×i sums a map.</summary>
    public FisherMode Mode { get; init; } = FisherMode.Rowwise;

    /// <summary>ε relative to the mean of the retain set's Fisher over the map (METHODS §3).</summary>
    public double Epsilon { get; init; } = 1e-6;

    /// <summary>Tokens of one forward pass, padding included: what bounds the memory of the row-wise mode.</summary>
    public int TokensPerBatch { get; init; } = 1024;

    /// <summary>Bytes for the o×i accumulators of the elementwise mode; groups of maps that fit are estimated in one pass.</summary>
    public long MemoryBudget { get; init; } = 1L << 30;

    /// <summary>Whether to keep only the blocks' inputs and recompute: less memory, one forward pass more.</summary>
    public bool Checkpointing { get; init; }
}

/// <summary>How far an estimate is; elementwise mode goes over the rows once a group of maps.</summary>
/// <param name="Done">Sequences done, over all passes.</param>
/// <param name="Total">Sequences in all.</param>
/// <param name="Tokens">Tokens done, prompts included and padding left out.</param>
public readonly record struct FisherProgress(long Done, long Total, long Tokens);
