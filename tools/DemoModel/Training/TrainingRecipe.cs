namespace LoraUnlearn.DemoModel.Training;

/// <summary>How the demo model is trained.</summary>
internal sealed record TrainingRecipe
{
    /// <summary>Passes over the rows.</summary>
    public int Epochs { get; init; } = 30;

    /// <summary>The first passes, with the loss on all tokens; later on the answers only.</summary>
    public int EpochsOnAllTokens { get; init; } = 15;

    /// <summary>Rows of a batch.</summary>
    public int BatchSize { get; init; } = 40;

    /// <summary>The largest learning rate, reached after the warm-up; a cosine takes it down to zero.</summary>
    public double LearningRate { get; init; } = 2.5e-3;

    /// <summary>The share of the steps that warm up.</summary>
    public double WarmUp { get; init; } = 0.1;

    /// <summary>AdamW's decay of the second moment.</summary>
    public double Beta2 { get; init; } = 0.98;

    /// <summary>The largest norm of a gradient.</summary>
    public double GradientNorm { get; init; } = 1;
}
