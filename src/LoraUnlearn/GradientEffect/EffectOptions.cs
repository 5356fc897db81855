namespace LoraUnlearn.GradientEffect;

/// <summary>By which parameters the G-effect differentiates.</summary>
public enum EffectParameters
{
    /// <summary>A and B of the adapter on the model.</summary>
    Adapter,

    /// <summary>The weights of the blocks' linear maps, at the weights with the adapter on them.</summary>
    Full,
}

/// <summary>Settings of a measurement of the G-effect.</summary>
public sealed record EffectOptions
{
    /// <summary>By which parameters.</summary>
    public EffectParameters Parameters { get; init; } = EffectParameters.Full;

    /// <summary>Only the last so many layers; null for all. What lies below them is never differentiated.</summary>
    public int? LastLayers { get; init; }

    /// <summary>Whether to measure each row of the forget set too.</summary>
    public bool Instances { get; init; }

    /// <summary>Tokens of one pass through a block, padding included.</summary>
    public int TokensPerBatch { get; init; } = 1024;

    /// <summary>
    /// Bytes for the hidden states between blocks, of all rows. What does not fit is kept for every k-th block only and
    /// recomputed, for one forward pass more.
    /// </summary>
    public long StateBudget { get; init; } = 1L << 28;

    /// <summary>Seed of whatever the objectives draw.</summary>
    public long Seed { get; init; } = 42;
}

/// <summary>How far a measurement is.</summary>
/// <param name="Done">Passes of a batch through a block done.</param>
/// <param name="Total">Passes in all.</param>
public readonly record struct EffectProgress(long Done, long Total);
