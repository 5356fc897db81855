using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Head;

/// <summary>A loss and its gradient by the hidden states that the head was given.</summary>
/// <param name="Loss">Scalar, unweighted, no graph.</param>
/// <param name="Gradient">Weighted gradient by the gathered hidden states [n,d]; null where only the loss was asked for.</param>
public sealed record HeadResult(Tensor Loss, Tensor? Gradient);

/// <summary>What is wanted of the scored tokens beside their log-probability; each costs a pass over the logits.</summary>
[Flags]
public enum ScoreParts
{
    /// <summary>Nothing else.</summary>
    None = 0,

    /// <summary><see cref="TokenScores.Rank"/>.</summary>
    Rank = 1,

    /// <summary><see cref="TokenScores.RunnerUpToken"/>.</summary>
    RunnerUp = 2,
}

/// <summary>Log-probabilities of the scored tokens.</summary>
/// <param name="LogProbability">log p_y [n].</param>
/// <param name="RunnerUpToken">argmax_{v≠y} p_v, int64 [n]; null unless asked for.</param>
/// <param name="Rank">How many tokens are more likely than the label, int64 [n]; null unless asked for.</param>
public sealed record TokenScores(Tensor LogProbability, Tensor? RunnerUpToken, Tensor? Rank);

/// <summary>
/// Final norm, output head and loss on the scored tokens, in chunks: [n,v] never exists at once unless it fits one chunk.
/// </summary>
public static class OutputHead
{
    /// <summary>Scores tokens without gradients.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="rows">Hidden states before the final norm [n,d].</param>
    /// <param name="labels">int64 [n].</param>
    /// <param name="parts">What to compute beside the log-probability.</param>
    /// <returns>Scores in the caller's dispose scope.</returns>
    public static TokenScores Score(Decoder decoder, Tensor rows, Tensor labels, ScoreParts parts = ScoreParts.None)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor normalised = decoder.FinalNorm(rows);
        List<Tensor> logProbabilities = [], tokens = [], ranks = [];
        foreach ((long start, long length) in LogitChunks.Of(rows.shape[0], decoder.Spec.VocabularySize))
        {
            using DisposeScope chunk = NewDisposeScope();
            Tensor label = labels.narrow(0, start, length).unsqueeze(1); // [c,1]
            Tensor logits = decoder.Logits(normalised.narrow(0, start, length)); // [c,v]
            Tensor own = logits.gather(1, label); // [c,1]
            Tensor normaliser = logits.logsumexp(1, true); // [c,1]
            logProbabilities.Add((own - normaliser).squeeze(1).MoveToOuterDisposeScope());
            if (parts.HasFlag(ScoreParts.Rank))
            {
                ranks.Add((logits > own).sum(1).MoveToOuterDisposeScope()); // [c]
            }

            if (parts.HasFlag(ScoreParts.RunnerUp))
            {
                logits.scatter_(1, label, full_like(own, Held(double.NegativeInfinity)));
                tokens.Add(logits.argmax(1).MoveToOuterDisposeScope()); // [c]
            }
        }

        Tensor? Joined(List<Tensor> chunks) => chunks.Count == 0 ? null : cat(chunks, 0).MoveToOuterDisposeScope();
        return new TokenScores(Joined(logProbabilities)!, Joined(tokens), Joined(ranks));
    }

    /// <summary>Loss and gradient of a token-level objective.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="rows">Hidden states before the final norm of all scored tokens [n,d]: the answers', then the alternates'.</param>
    /// <param name="objective">The loss.</param>
    /// <param name="weight">Factor of the gradient.</param>
    /// <param name="positions">The scored tokens of the answers.</param>
    /// <param name="reference">log p_y of all scored tokens under the reference [n], or null.</param>
    /// <param name="alternate">The scored tokens of the replacement answers, or null.</param>
    /// <param name="differentiate">Whether the gradient is wanted.</param>
    /// <returns>In the caller's dispose scope.</returns>
    public static HeadResult Evaluate(Decoder decoder, Tensor rows, ITokenLoss objective, double weight, ScoredPositions positions, Tensor? reference = null, ScoredPositions? alternate = null, bool differentiate = true)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor labels = alternate is null ? positions.Labels : cat(new[] { positions.Labels, alternate.Labels }, 0);
        using TokenHead head = new(decoder, rows, labels, objective.NeedsRunnerUp, differentiate);
        Tensor logProbability = head.LogProbability.requires_grad_(differentiate);
        Tensor? runnerUp = head.RunnerUpLogProbability?.requires_grad_(differentiate);
        TokenStatistics StatisticsOf(ScoredPositions part, long start) => new(
            part,
            logProbability.narrow(0, start, part.Count),
            runnerUp?.narrow(0, start, part.Count),
            reference?.narrow(0, start, part.Count));

        using IDisposable grad = set_grad_enabled(differentiate);
        Tensor loss = objective.Loss(StatisticsOf(positions, 0), alternate is null ? null : StatisticsOf(alternate, positions.Count));
        if (!differentiate)
        {
            return new HeadResult(loss.MoveToOuterDisposeScope(), null);
        }

        IList<Tensor> coefficients = autograd.grad([loss * Held(weight)], runnerUp is null ? [logProbability] : [logProbability, runnerUp]);
        Tensor gradient = head.Backward(coefficients[0], runnerUp is null ? null : coefficients[1]);
        return new HeadResult(loss.detach().MoveToOuterDisposeScope(), gradient.MoveToOuterDisposeScope());
    }

    /// <summary>Loss and gradient of an objective on whole distributions.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="rows">Hidden states before the final norm of the scored tokens [n,d].</param>
    /// <param name="objective">The loss.</param>
    /// <param name="weight">Factor of the gradient.</param>
    /// <param name="labels">int64 [n].</param>
    /// <param name="referenceNormalised">The reference's hidden states after the final norm [n,d], or null.</param>
    /// <param name="differentiate">Whether the gradient is wanted.</param>
    /// <returns>In the caller's dispose scope.</returns>
    public static HeadResult Evaluate(Decoder decoder, Tensor rows, IDistributionLoss objective, double weight, Tensor labels, Tensor? referenceNormalised, bool differentiate = true)
    {
        using DisposeScope scope = NewDisposeScope();
        using FinalNormGraph norm = new(decoder, rows);
        long count = rows.shape[0];
        List<Tensor> sums = [];
        List<Tensor> gradients = [];
        foreach ((long start, long length) in LogitChunks.Of(count, decoder.Spec.VocabularySize))
        {
            using DisposeScope chunk = NewDisposeScope();
            Tensor input = norm.Normalised.narrow(0, start, length).detach().requires_grad_(differentiate); // [c,d]
            Tensor? reference = referenceNormalised is null ? null : ReferenceLogits(decoder, referenceNormalised.narrow(0, start, length));
            using IDisposable grad = set_grad_enabled(differentiate);
            Tensor sum = objective.Sum(decoder.Logits(input), reference, labels.narrow(0, start, length)) / Held((double)count);
            sums.Add(sum.detach().MoveToOuterDisposeScope());
            if (differentiate)
            {
                gradients.Add(autograd.grad([sum * Held(weight)], [input])[0].MoveToOuterDisposeScope());
            }
        }

        Tensor? gradient = differentiate ? norm.Backward(cat(gradients, 0)) : null;
        return new HeadResult(stack(sums, 0).sum().MoveToOuterDisposeScope(), gradient?.MoveToOuterDisposeScope());
    }

    private static Tensor ReferenceLogits(Decoder decoder, Tensor normalised)
    {
        using IDisposable noGrad = no_grad();
        return decoder.Logits(normalised);
    }
}
