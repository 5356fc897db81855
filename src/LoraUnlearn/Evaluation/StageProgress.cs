namespace LoraUnlearn.Evaluation;

/// <summary>Progress of one stage of an evaluation.</summary>
/// <param name="stage">What is being done.</param>
/// <param name="total">Rows of the stage.</param>
/// <param name="progress">Who is told.</param>
internal sealed class StageProgress(string stage, int total, IProgress<EvaluationProgress> progress) : IProgress<int>
{
    /// <summary>Null where nobody is to be told.</summary>
    public static StageProgress? Of(string stage, int total, IProgress<EvaluationProgress>? progress) =>
        progress is null ? null : new StageProgress(stage, total, progress);

    /// <inheritdoc/>
    public void Report(int value) => progress.Report(new EvaluationProgress(stage, value, total));
}
