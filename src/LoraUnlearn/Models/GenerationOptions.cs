namespace LoraUnlearn.Models;

/// <summary>How text is continued.</summary>
public sealed record GenerationOptions
{
    /// <summary>Most new tokens of a sequence; fewer where it ends by itself or reaches the model's maximum length.</summary>
    public int MaxNewTokens { get; init; } = 64;

    /// <summary>Divides the logits before sampling; 0 takes the most likely token always (greedy).</summary>
    public double Temperature { get; init; }

    /// <summary>Sampling is among this many most likely tokens; 0 for all of them.</summary>
    public int TopK { get; init; }

    /// <summary>Sampling is among the most likely tokens that together reach this probability, the one that reaches it included.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Ids that end a sequence; they are not part of the result.</summary>
    public IReadOnlyCollection<long> EndOfSequenceIds { get; init; } = [];

    /// <summary>Seed of the sampling; the same prompts, options and seed give the same tokens on the same machine.</summary>
    public long Seed { get; init; } = 42;

    /// <summary>Tokens, prompt and continuation, of the sequences that are continued together: bounds the cache's memory.</summary>
    public int TokensPerBatch { get; init; } = 8192;

    /// <summary>Checks the numbers.</summary>
    /// <returns>These options.</returns>
    /// <exception cref="InputException">A number is out of its range.</exception>
    public GenerationOptions Validate()
    {
        if (MaxNewTokens < 1)
        {
            throw new InputException($"--max-new-tokens is {MaxNewTokens}; at least 1 is needed.");
        }

        if (!(Temperature >= 0) || double.IsInfinity(Temperature))
        {
            throw new InputException($"--temperature is {Temperature}; expected 0 (greedy) or a positive number.");
        }

        if (TopK < 0)
        {
            throw new InputException($"--top-k is {TopK}; expected 0 (all tokens) or a positive number.");
        }

        if (!(TopP > 0 && TopP <= 1))
        {
            throw new InputException($"--top-p is {TopP}; expected a probability above 0, at most 1.");
        }

        return this;
    }
}
