namespace LoraUnlearn.Evaluation;

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
