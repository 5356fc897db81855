namespace LoraUnlearn.Auditing;

/// <summary>How hard the attacks try.</summary>
public sealed record AuditOptions
{
    /// <summary>Seed of halves, samples and the order of relearning.</summary>
    public long Seed { get; init; } = 42;

    /// <summary>Steps of relearning.</summary>
    public int RelearningSteps { get; init; } = 20;

    /// <summary>Learning rate of relearning.</summary>
    public double RelearningRate { get; init; } = 1e-3;

    /// <summary>Rank of the adapter that relearns, or the smallest width of a map if less.</summary>
    public int RelearningRank { get; init; } = 8;

    /// <summary>Rows of a step of relearning.</summary>
    public int RelearningBatch { get; init; } = 16;

    /// <summary>Samples of each answer.</summary>
    public int Samples { get; init; } = 8;

    /// <summary>Tokens of one forward pass.</summary>
    public int TokensPerBatch { get; init; } = 4096;

    /// <summary>Checks the numbers.</summary>
    /// <returns>These options.</returns>
    /// <exception cref="InputException">A number is out of its range.</exception>
    public AuditOptions Validate() => this switch
    {
        { RelearningSteps: < 0 } => throw new InputException($"--relearn-steps is {RelearningSteps}; expected 0 or more."),
        { RelearningRate: not > 0 or double.PositiveInfinity } => throw new InputException($"--relearn-rate is {RelearningRate}; expected a positive number."),
        { Samples: < 1 } => throw new InputException($"--samples is {Samples}; at least 1 is needed."),
        _ => this,
    };
}
