namespace LoraUnlearn.Models;

/// <summary>A sequence that is being continued.</summary>
/// <param name="prompt">What it begins with.</param>
/// <param name="limit">Most new tokens.</param>
internal sealed class GeneratedSequence(int[] prompt, int limit)
{
    /// <summary>What it begins with.</summary>
    public int[] Prompt { get; } = prompt;

    /// <summary>Most new tokens.</summary>
    public int Limit { get; } = limit;

    /// <summary>What has been chosen so far.</summary>
    public List<int> NewTokens { get; } = [];

    /// <summary>Whether nothing more will be chosen.</summary>
    public bool Ended { get; set; } = limit <= 0;
}
