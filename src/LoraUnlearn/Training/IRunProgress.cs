using LoraUnlearn.Fisher;

namespace LoraUnlearn.Training;

/// <summary>Told how a run goes. Every method may be called from the working thread only.</summary>
public interface IRunProgress
{
    /// <summary>A stage begins.</summary>
    /// <param name="stage">For example "Fisher information".</param>
    void Stage(string stage);

    /// <summary>Something worth saying once.</summary>
    /// <param name="message">One line.</param>
    void Note(string message);

    /// <summary>The Fisher estimate has moved on.</summary>
    /// <param name="progress">How far it is.</param>
    void Fisher(FisherProgress progress);

    /// <summary>A training step is done.</summary>
    /// <param name="report">What it did.</param>
    void Step(StepReport report);

    /// <summary>The model has been scored during training.</summary>
    /// <param name="step">Steps taken.</param>
    /// <param name="scores">The scores.</param>
    void Evaluated(int step, QuickScores scores);
}

/// <summary>Mean answer probability of the first rows of each set (METHODS §10).</summary>
/// <param name="Forget">On the forget set.</param>
/// <param name="Retain">On the retain set; null without one.</param>
public sealed record QuickScores(double Forget, double? Retain)
{
    /// <summary>Every measure that was taken, by name, for example <c>forget.accuracy</c>.</summary>
    public IReadOnlyDictionary<string, double> Measures { get; init; } = new Dictionary<string, double>();
}
