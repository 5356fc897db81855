using LoraUnlearn.Fisher;

namespace LoraUnlearn.Training;

/// <summary>Told how a run goes. Every method may be called from the working thread only.</summary>
public interface IRunProgress
{
    /// <summary>A stage begins, and the one before has ended.</summary>
    /// <param name="stage">For example "Fisher information".</param>
    void Stage(string stage);

    /// <summary>What the run will do, before anything but configuration, tokenizer and rows is read.</summary>
    /// <param name="forecast">The plan.</param>
    void Plan(RunForecast forecast)
    {
        foreach (string note in forecast.Notes)
        {
            Note(note);
        }
    }

    /// <summary>Something worth saying once.</summary>
    /// <param name="message">One line.</param>
    void Note(string message);

    /// <summary>The Fisher estimate has moved on.</summary>
    /// <param name="progress">How far it is.</param>
    void Fisher(FisherProgress progress);

    /// <summary>A training step is done; its figures are on the host already, so that reading them costs nothing.</summary>
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

/// <summary>The figures of one optimiser step, of all its micro-batches together.</summary>
/// <param name="Step">Steps taken, this one included.</param>
/// <param name="Total">Steps of the run.</param>
/// <param name="ForgetLoss">L_f, unweighted, averaged over the micro-batches.</param>
/// <param name="RetainLoss">L_r likewise; null without a retain term.</param>
/// <param name="GradientNorm">
/// Norm over all adapter parameters: of the summed losses' gradient before clipping, or of what a combiner made of the two clipped ones.
/// </param>
/// <param name="LearningRate">η of the step.</param>
/// <param name="Tokens">Real tokens of the step, padding left out.</param>
/// <param name="Seconds">Wall time of the step, GeN's probes included.</param>
public sealed record StepReport(int Step, int Total, double ForgetLoss, double? RetainLoss, double GradientNorm, double LearningRate, long Tokens, double Seconds);

internal sealed class SilentProgress : IRunProgress
{
    /// <inheritdoc/>
    public void Stage(string stage)
    {
    }

    /// <inheritdoc/>
    public void Note(string message)
    {
    }

    /// <inheritdoc/>
    public void Fisher(FisherProgress progress)
    {
    }

    /// <inheritdoc/>
    public void Step(StepReport report)
    {
    }

    /// <inheritdoc/>
    public void Evaluated(int step, QuickScores scores)
    {
    }
}
