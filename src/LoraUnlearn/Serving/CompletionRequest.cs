using LoraUnlearn.Adapters;

namespace LoraUnlearn.Serving;

/// <summary>A sequence to be continued, with which adapter and how.</summary>
public sealed record CompletionRequest
{
    /// <summary>Token ids, at least one.</summary>
    public required IReadOnlyList<int> Prompt { get; init; }

    /// <summary>The adapter; null for the base.</summary>
    public ResidentAdapter? Adapter { get; init; }

    /// <summary>Most new tokens, at least one.</summary>
    public int MaxNewTokens { get; init; } = 16;

    /// <summary>Divides the logits before sampling; 0 takes the most likely token always (greedy).</summary>
    public double Temperature { get; init; }

    /// <summary>Sampling is among the most likely tokens that together reach this probability, the one that reaches it included.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Seed of the sampling, whatever else is in the batch.</summary>
    public long Seed { get; init; } = 42;

    /// <summary>Prompt and continuation at its longest, in tokens.</summary>
    public long LongestLength => (long)Prompt.Count + MaxNewTokens;
}

/// <summary>How a completion came to its end.</summary>
public enum CompletionEnd
{
    /// <summary>The model ended it.</summary>
    EndOfSequence,

    /// <summary>It has as many tokens as were asked for.</summary>
    Length,

    /// <summary>It was cancelled.</summary>
    Cancelled,
}
