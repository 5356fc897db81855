namespace LoraUnlearn.Evaluation.Tofu;

/// <summary>
/// What a model makes of one TOFU question. Losses are mean NLL of a scored token, nats: ℓ in METHODS §10.
/// </summary>
/// <param name="Index">The row's key in logs: its position in the file from 0.</param>
/// <param name="AnswerLoss">ℓ of the true answer.</param>
/// <param name="ParaphrasedLoss">ℓ of the paraphrased answer; of the true one where there is no paraphrase.</param>
/// <param name="PerturbedLosses">ℓ of each wrong answer; at least one.</param>
public sealed record TofuRowScore(string Index, double AnswerLoss, double ParaphrasedLoss, IReadOnlyList<double> PerturbedLosses)
{
    /// <summary>Scored tokens of the true answer; null where a log does not say.</summary>
    public int? AnswerTokens { get; init; }

    /// <summary>Scored tokens of the paraphrased answer; null where a log does not say.</summary>
    public int? ParaphrasedTokens { get; init; }

    /// <summary>Scored tokens of each wrong answer; empty where a log does not say.</summary>
    public IReadOnlyList<int> PerturbedTokens { get; init; } = [];

    /// <summary>The prompt, what the model answered, and the true answer; null where a log has no texts.</summary>
    public TofuAnswer? Text { get; init; }

    /// <summary>ROUGE-1 recall of the generated answer; null where a log does not have it.</summary>
    public double? Rouge1Recall { get; init; }

    /// <summary>ROUGE-L recall of the generated answer; null where a log does not have it.</summary>
    public double? RougeLRecall { get; init; }

    /// <summary>Extraction strength of the true answer; null in logs of the original tool.</summary>
    public double? ExtractionStrength { get; init; }

    /// <summary>Exact memorisation: share of the true answer's tokens that are the most likely ones; null in logs of the original tool.</summary>
    public double? ExactMemorisation { get; init; }

    /// <summary>exp(−ℓ) of the true answer.</summary>
    public double Probability => Math.Exp(-AnswerLoss);

    /// <summary>p(correct)/(p(correct)+Σp(wrong)).</summary>
    public double ProbabilityAmongOptions
    {
        get
        {
            double least = Math.Min(AnswerLoss, PerturbedLosses.Min()); // so that not all of them underflow
            double correct = Math.Exp(least - AnswerLoss);
            return correct / (correct + PerturbedLosses.Sum(loss => Math.Exp(least - loss)));
        }
    }

    /// <summary>R = exp( mean ℓ(perturbed) − ℓ(paraphrased) ): above 1 where the truth is the likelier.</summary>
    public double TruthRatio => Math.Exp(LogTruthRatio);

    /// <summary>log R.</summary>
    public double LogTruthRatio => PerturbedLosses.Average() - ParaphrasedLoss;
}

/// <summary>A question and its answers.</summary>
/// <param name="Prompt">The prompt as text.</param>
/// <param name="Generated">The greedy answer.</param>
/// <param name="Truth">The true answer.</param>
public sealed record TofuAnswer(string Prompt, string Generated, string Truth);
