using TorchSharp;

namespace LoraUnlearn.Models;

/// <summary>
/// Continues token sequences, greedily or by sampling, with the model as it is: adapters on it take part unless switched off.
/// Prompts of similar lengths are continued together without any padding.
/// </summary>
public static class Generation
{
    // Prompts of a batch differ by at most this many tokens: each token of difference costs one step of the whole batch.
    private const int LengthSpread = 16;

    /// <summary>Continues prompts, each up to the same number of new tokens.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="prompts">Token ids, at least one each.</param>
    /// <param name="options">How to continue.</param>
    /// <param name="progress">Told how many prompts are done, or null.</param>
    /// <param name="cancellation">Stops between tokens.</param>
    /// <returns>The new tokens of each prompt, in the order given, without the end-of-sequence token.</returns>
    /// <exception cref="InputException">An option is out of range, or a prompt is empty or longer than the model's positions.</exception>
    public static IReadOnlyList<int[]> Generate(Decoder decoder, IReadOnlyList<int[]> prompts, GenerationOptions options, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        options.Validate();
        return Generate(decoder, prompts, [.. prompts.Select(_ => options.MaxNewTokens)], options, progress, cancellation);
    }

    /// <summary>Continues prompts, each up to its own number of new tokens.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="prompts">Token ids, at least one each.</param>
    /// <param name="limits">The most new tokens of each prompt; takes the place of <see cref="GenerationOptions.MaxNewTokens"/>.</param>
    /// <param name="options">How to continue.</param>
    /// <param name="progress">Told how many prompts are done, or null.</param>
    /// <param name="cancellation">Stops between tokens.</param>
    /// <returns>The new tokens of each prompt, in the order given, without the end-of-sequence token.</returns>
    /// <exception cref="ArgumentException">Not as many limits as prompts.</exception>
    /// <exception cref="InputException">An option is out of range, or a prompt is empty or longer than the model's positions.</exception>
    public static IReadOnlyList<int[]> Generate(Decoder decoder, IReadOnlyList<int[]> prompts, IReadOnlyList<int> limits, GenerationOptions options, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        if (limits.Count != prompts.Count)
        {
            throw new ArgumentException($"{limits.Count} limits for {prompts.Count} prompts.", nameof(limits));
        }

        options.Validate();
        GeneratedSequence[] sequences = [.. prompts.Select((prompt, index) => Begin(decoder, prompt, limits[index], index))];
        using TokenSampler sampler = new(options, decoder.Device);
        int done = 0;
        foreach (GeneratedSequence[] batch in Batches(sequences, options.TokensPerBatch))
        {
            using GenerationBatch generation = new(decoder, batch, sampler, options.EndOfSequenceIds);
            generation.Run(null, cancellation);
            done += batch.Length;
            progress?.Report(done);
        }

        return [.. sequences.Select(sequence => sequence.NewTokens.ToArray())];
    }

    /// <summary>Continues one prompt and hands on each token as it comes.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="prompt">Token ids, at least one.</param>
    /// <param name="options">How to continue.</param>
    /// <param name="onToken">Called with each new token, the end-of-sequence token not among them.</param>
    /// <param name="cancellation">Stops between tokens.</param>
    /// <returns>The new tokens, without the end-of-sequence token.</returns>
    /// <exception cref="InputException">An option is out of range, or the prompt is empty or longer than the model's positions.</exception>
    public static int[] Stream(Decoder decoder, int[] prompt, GenerationOptions options, Action<int> onToken, CancellationToken cancellation = default)
    {
        GeneratedSequence sequence = Begin(decoder, prompt, options.Validate().MaxNewTokens, 0);
        using TokenSampler sampler = new(options, decoder.Device);
        using GenerationBatch generation = new(decoder, [sequence], sampler, options.EndOfSequenceIds);
        generation.Run(onToken, cancellation);
        return [.. sequence.NewTokens];
    }

    private static GeneratedSequence Begin(Decoder decoder, int[] prompt, int limit, int index)
    {
        long positions = decoder.Spec.MaximumLength;
        if (prompt.Length == 0)
        {
            throw new InputException($"Prompt {index + 1} has no tokens; at least one is needed to continue from.");
        }

        if (prompt.Length > positions)
        {
            throw new InputException($"Prompt {index + 1} has {prompt.Length} tokens, but the model has {positions} positions; shorten the prompt.");
        }

        int wrong = Array.FindIndex(prompt, id => id < 0 || id >= decoder.Spec.VocabularySize);
        return wrong < 0
            ? new GeneratedSequence(prompt, (int)Math.Min(limit, positions - prompt.Length))
            : throw new InputException(
                $"Prompt {index + 1}: token id {prompt[wrong]} at position {wrong} is outside the vocabulary of {decoder.Spec.VocabularySize}. Is this the model's own tokenizer?");
    }

    // By length of the prompt; what needs no token at all is left out.
    private static List<GeneratedSequence[]> Batches(IEnumerable<GeneratedSequence> sequences, int tokensPerBatch)
    {
        List<GeneratedSequence[]> batches = [];
        List<GeneratedSequence> open = [];
        long longest = 0;
        foreach (GeneratedSequence sequence in sequences.OrderBy(sequence => sequence.Prompt.Length))
        {
            long whole = Math.Max(longest, sequence.Prompt.Length + sequence.Limit);
            if (open.Count > 0 && ((open.Count + 1) * whole > tokensPerBatch || sequence.Prompt.Length - open[0].Prompt.Length > LengthSpread))
            {
                batches.Add([.. open]);
                open.Clear();
                whole = sequence.Prompt.Length + sequence.Limit;
            }

            open.Add(sequence);
            longest = whole;
        }

        if (open.Count > 0)
        {
            batches.Add([.. open]);
        }

        return batches;
    }
}

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
