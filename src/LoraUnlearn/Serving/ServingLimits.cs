namespace LoraUnlearn.Serving;

/// <summary>How much a serving engine takes on.</summary>
public sealed record ServingLimits
{
    /// <summary>Most sequences that are continued together.</summary>
    public int Rows { get; init; } = 32;

    /// <summary>Most sequences that wait for a row; what comes on top is refused.</summary>
    public int Queue { get; init; } = 256;

    /// <summary>Most tokens of a sequence, prompt and continuation; the model's positions if those are fewer.</summary>
    public int Context { get; init; } = 4096;

    /// <summary>Most positions of keys and values, of all rows together, each counted with the longest's.</summary>
    public long CachedTokens { get; init; } = 1 << 16;

    /// <summary>Most prompt tokens that are taken in between two tokens of the running sequences.</summary>
    public int PromptTokensPerStep { get; init; } = 512;

    /// <summary>Checks the numbers.</summary>
    /// <returns>These limits.</returns>
    /// <exception cref="InputException">A number is not positive.</exception>
    public ServingLimits Validate() => Rows >= 1 && Queue >= 1 && Context >= 2 && CachedTokens >= 2 && PromptTokensPerStep >= 1
        ? this
        : throw new InputException($"Limits of serving must be positive, and a context of at least 2; found {this}.");
}
