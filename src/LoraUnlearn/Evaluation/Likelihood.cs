using LoraUnlearn.Data;
using LoraUnlearn.Head;
using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Evaluation;

/// <summary>Teacher-forced scores of labelled sequences.</summary>
public static class Likelihood
{
    /// <summary>Scores sequences with the model as it is: adapters on it take part unless switched off.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="sequences">The sequences.</param>
    /// <param name="tokensPerBatch">Tokens of one forward pass.</param>
    /// <param name="progress">Told how many sequences are done, or null.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <returns>One score a sequence, in the order given.</returns>
    public static IReadOnlyList<SequenceScore> Score(Decoder decoder, IReadOnlyList<LabelledSequence> sequences, int tokensPerBatch = 2048, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        SequenceScore[] scores = new SequenceScore[sequences.Count];
        int done = 0;
        foreach (int[] rows in LengthSortedBatches.Of(sequences, tokensPerBatch))
        {
            cancellation.ThrowIfCancellationRequested();
            LabelledSequence[] batch = [.. rows.Select(row => sequences[row])];
            foreach ((int row, SequenceScore score) in rows.Zip(ScoreBatch(decoder, batch)))
            {
                scores[row] = score;
            }

            done += rows.Length;
            progress?.Report(done);
        }

        return scores;
    }

    private static SequenceScore[] ScoreBatch(Decoder decoder, LabelledSequence[] sequences)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using Batch batch = Batch.Create(sequences, decoder.Device);
        using ScoredPositions positions = ScoredPositions.Of(sequences, batch.MaxLength, decoder.Device);
        if (positions.Count == 0)
        {
            return [.. sequences.Select(_ => new SequenceScore([], []))];
        }

        Tensor rows = decoder.Hidden(batch.InputIds).index_select(0, positions.Rows);
        TokenScores scores = OutputHead.Score(decoder, rows, positions.Labels, ScoreParts.Rank);
        float[] logProbabilities = scores.LogProbability.cpu().data<float>().ToArray();
        long[] ranks = scores.Rank!.cpu().data<long>().ToArray();
        SequenceScore[] result = new SequenceScore[sequences.Length];
        int start = 0;
        for (int index = 0; index < sequences.Length; index++)
        {
            int end = start + sequences[index].LabelledCount;
            result[index] = new SequenceScore(logProbabilities[start..end], [.. ranks[start..end].Select(rank => (int)rank)]);
            start = end;
        }

        return result;
    }
}

/// <summary>How a model scores one labelled sequence; all numbers over its scored tokens only (METHODS §1).</summary>
/// <param name="LogProbabilities">log p(x_t | x_&lt;t) of each scored token, in order.</param>
/// <param name="Ranks">How many tokens are more likely than each scored token; 0 where it is the most likely.</param>
public sealed record SequenceScore(float[] LogProbabilities, int[] Ranks)
{
    /// <summary>Scored tokens |y|.</summary>
    public int Tokens => LogProbabilities.Length;

    /// <summary>Summed negative log-likelihood, nats.</summary>
    public double Nll { get; } = -LogProbabilities.Sum(value => (double)value);

    /// <summary>exp(−NLL/|y|).</summary>
    public double Probability => Math.Exp(-Nll / Math.Max(1, Tokens));

    /// <summary>Share of scored tokens that are the most likely ones.</summary>
    public double Accuracy => (double)Ranks.Count(rank => rank == 0) / Math.Max(1, Tokens);

    /// <summary>
    /// 1 − k/|y| with k the shortest prefix after which every scored token is the most likely one; 0 when none is (METHODS §10).
    /// </summary>
    public double ExtractionStrength
    {
        get
        {
            int start = Tokens;
            while (start > 0 && Ranks[start - 1] == 0)
            {
                start--;
            }

            return Tokens == 0 ? 0 : 1 - ((double)start / Tokens);
        }
    }
}
