using LoraUnlearn.Fisher;

namespace LoraUnlearn.Training;

/// <summary>Tells nobody.</summary>
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
