using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Head;

/// <summary>A loss and its gradient by the hidden states that the head was given.</summary>
/// <param name="Loss">Scalar, unweighted, no graph.</param>
/// <param name="Gradient">Weighted gradient by the gathered hidden states [n,d].</param>
public sealed record HeadResult(Tensor Loss, Tensor Gradient);

/// <summary>Log-probabilities of the scored tokens.</summary>
/// <param name="LogProbability">log p_y [n].</param>
/// <param name="RunnerUp">log max_{v≠y} p_v [n].</param>
/// <param name="RunnerUpToken">argmax_{v≠y} p_v, int64 [n].</param>
/// <param name="Rank">How many tokens are more likely than the label, int64 [n].</param>
public sealed record TokenScores(Tensor LogProbability, Tensor RunnerUp, Tensor RunnerUpToken, Tensor Rank);

/// <summary>
/// Final norm, output head and loss on the scored tokens, in chunks: [n,v] never exists at once unless it fits one chunk.
/// </summary>
public static class OutputHead
{
    /// <summary>Scores tokens without gradients.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="rows">Hidden states before the final norm [n,d].</param>
    /// <param name="labels">int64 [n].</param>
    /// <returns>Scores in the caller's dispose scope.</returns>
    public static TokenScores Score(Decoder decoder, Tensor rows, Tensor labels)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor normalised = decoder.FinalNorm(rows);
        List<Tensor> logProbabilities = [], runnerUps = [], tokens = [], ranks = [];
        foreach ((long start, long length) in LogitChunks.Of(rows.shape[0], decoder.Spec.VocabularySize))
        {
            using DisposeScope chunk = NewDisposeScope();
            Tensor label = labels.narrow(0, start, length).unsqueeze(1); // [c,1]
            Tensor logits = decoder.Logits(normalised.narrow(0, start, length)); // [c,v]
            Tensor own = logits.gather(1, label); // [c,1]
            Tensor normaliser = logits.logsumexp(1, true); // [c,1]
            Tensor rank = (logits > own).sum(1); // [c]
            logits.scatter_(1, label, full_like(own, double.NegativeInfinity));
            (Tensor value, Tensor token) = logits.max(1); // [c]
            logProbabilities.Add((own - normaliser).squeeze(1).MoveToOuterDisposeScope());
            runnerUps.Add((value - normaliser.squeeze(1)).MoveToOuterDisposeScope());
            tokens.Add(token.MoveToOuterDisposeScope());
            ranks.Add(rank.MoveToOuterDisposeScope());
        }

        return new TokenScores(
            cat(logProbabilities, 0).MoveToOuterDisposeScope(),
            cat(runnerUps, 0).MoveToOuterDisposeScope(),
            cat(tokens, 0).MoveToOuterDisposeScope(),
            cat(ranks, 0).MoveToOuterDisposeScope());
    }

    /// <summary>Loss and gradient of a token-level objective.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="rows">Hidden states before the final norm of all scored tokens [n,d]: the answers', then the alternates'.</param>
    /// <param name="objective">The loss.</param>
    /// <param name="weight">Factor of the gradient.</param>
    /// <param name="positions">The scored tokens of the answers.</param>
    /// <param name="reference">log p_y of all scored tokens under the reference [n], or null.</param>
    /// <param name="alternate">The scored tokens of the replacement answers, or null.</param>
    /// <returns>In the caller's dispose scope.</returns>
    public static HeadResult Evaluate(Decoder decoder, Tensor rows, ITokenLoss objective, double weight, ScoredPositions positions, Tensor? reference = null, ScoredPositions? alternate = null)
    {
        using DisposeScope scope = NewDisposeScope();
        using TokenHead head = new(decoder, rows, alternate is null ? positions.Labels : cat(new[] { positions.Labels, alternate.Labels }, 0), objective.NeedsRunnerUp);
        Tensor logProbability = head.LogProbability.requires_grad_(true);
        Tensor? runnerUp = head.RunnerUpLogProbability?.requires_grad_(true);
        TokenStatistics StatisticsOf(ScoredPositions part, long start) => new(
            part,
            logProbability.narrow(0, start, part.Count),
            runnerUp?.narrow(0, start, part.Count),
            reference?.narrow(0, start, part.Count));

        Tensor loss;
        IList<Tensor> coefficients;
        using (enable_grad())
        {
            loss = objective.Loss(StatisticsOf(positions, 0), alternate is null ? null : StatisticsOf(alternate, positions.Count));
            Tensor weighted = loss * weight;
            coefficients = autograd.grad([weighted], runnerUp is null ? [logProbability] : [logProbability, runnerUp]);
        }

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
    /// <returns>In the caller's dispose scope.</returns>
    public static HeadResult Evaluate(Decoder decoder, Tensor rows, IDistributionLoss objective, double weight, Tensor labels, Tensor? referenceNormalised)
    {
        using DisposeScope scope = NewDisposeScope();
        using FinalNormGraph norm = new(decoder, rows);
        long count = rows.shape[0];
        List<Tensor> sums = [];
        List<Tensor> gradients = [];
        foreach ((long start, long length) in LogitChunks.Of(count, decoder.Spec.VocabularySize))
        {
            using DisposeScope chunk = NewDisposeScope();
            Tensor input = norm.Normalised.narrow(0, start, length).detach().requires_grad_(true); // [c,d]
            Tensor? reference = referenceNormalised is null ? null : ReferenceLogits(decoder, referenceNormalised.narrow(0, start, length));
            using (enable_grad())
            {
                Tensor sum = objective.Sum(decoder.Logits(input), reference, labels.narrow(0, start, length)) / (double)count;
                gradients.Add(autograd.grad([sum * weight], [input])[0].MoveToOuterDisposeScope());
                sums.Add(sum.detach().MoveToOuterDisposeScope());
            }
        }

        Tensor gradient = norm.Backward(cat(gradients, 0));
        return new HeadResult(stack(sums, 0).sum().MoveToOuterDisposeScope(), gradient.MoveToOuterDisposeScope());
    }

    private static Tensor ReferenceLogits(Decoder decoder, Tensor normalised)
    {
        using IDisposable noGrad = no_grad();
        return decoder.Logits(normalised);
    }
}
