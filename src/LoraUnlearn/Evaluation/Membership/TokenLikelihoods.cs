using LoraUnlearn.Data;
using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Evaluation.Membership;

/// <summary>What the membership attacks know of one row; all numbers over its scored tokens (METHODS §1).</summary>
/// <param name="LogProbabilities">log p(x_t | x_&lt;t).</param>
/// <param name="Means">Mean of log p(v | x_&lt;t) under p itself.</param>
/// <param name="Deviations">Standard deviation of log p(v | x_&lt;t) under p itself.</param>
public sealed record TokenLikelihoods(float[] LogProbabilities, float[] Means, float[] Deviations)
{
    /// <summary>Mean negative log-likelihood of a token, nats.</summary>
    public double Loss => -LogProbabilities.Average(value => (double)value);

    /// <summary>Scores sequences, one forward pass each, with the model as it is.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="sequences">The sequences.</param>
    /// <param name="tokensPerBatch">Tokens of one forward pass.</param>
    /// <param name="progress">Told how many sequences are done, or null.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <returns>One a sequence, in the order given.</returns>
    public static IReadOnlyList<TokenLikelihoods> Score(Decoder decoder, IReadOnlyList<LabelledSequence> sequences, int tokensPerBatch = 4096, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        TokenLikelihoods[] scores = new TokenLikelihoods[sequences.Count];
        int done = 0;
        foreach (int[] rows in LengthSortedBatches.Of(sequences, tokensPerBatch))
        {
            cancellation.ThrowIfCancellationRequested();
            LabelledSequence[] batch = [.. rows.Select(row => sequences[row])];
            float[][] moments = Moments(decoder, batch);
            int start = 0;
            foreach (int row in rows)
            {
                int end = start + sequences[row].LabelledCount;
                scores[row] = new TokenLikelihoods(moments[0][start..end], moments[1][start..end], moments[2][start..end]);
                start = end;
            }

            progress?.Report(done += rows.Length);
        }

        return scores;
    }

    // log p_y, mean and deviation of all scored tokens of a batch, [n] each.
    private static float[][] Moments(Decoder decoder, LabelledSequence[] sequences)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using Batch batch = Batch.Create(sequences, decoder.Device);
        using ScoredPositions positions = ScoredPositions.Of(sequences, batch.MaxLength, decoder.Device);
        Tensor rows = decoder.FinalNorm(decoder.Hidden(batch.InputIds).index_select(0, positions.Rows)); // [n,d]
        List<Tensor> parts = [];
        foreach ((long start, long length) in LogitChunks.Of(positions.Count, decoder.Spec.VocabularySize))
        {
            using DisposeScope chunk = NewDisposeScope();
            Tensor logs = decoder.Logits(rows.narrow(0, start, length)).log_softmax(1); // [c,v]
            Tensor own = logs.gather(1, positions.Labels.narrow(0, start, length).unsqueeze(1)).squeeze(1); // [c]
            Tensor probabilities = logs.exp(); // [c,v]
            logs.masked_fill_(probabilities.eq(Held(0)), Held(0)); // 0 · log 0 = 0
            Tensor mean = (probabilities * logs).sum(1); // [c]
            Tensor deviation = (probabilities * (logs - mean.unsqueeze(1)).pow_(Held(2))).sum(1).sqrt_(); // [c]
            parts.Add(stack([own, mean, deviation], 0).to_type(ScalarType.Float32).MoveToOuterDisposeScope());
        }

        if (parts.Count == 0)
        {
            return [[], [], []];
        }

        float[] all = cat(parts, 1).contiguous().cpu().data<float>().ToArray(); // [3,n]
        return [.. all.Chunk(positions.Count)];
    }
}
