namespace LoraUnlearn.Optimization;

/// <summary>Shapes of the learning rate over a run (METHODS §8).</summary>
public enum ScheduleKind
{
    /// <summary>The peak rate throughout, after the warm-up.</summary>
    Constant,

    /// <summary>Straight down to zero.</summary>
    Linear,

    /// <summary>Half a cosine down to zero.</summary>
    Cosine,

    /// <summary>Refined during the run by <see cref="GeneralisedNewtonRate"/>; starts from the peak rate.</summary>
    Gen,
}

/// <summary>The learning rate of each step: linear warm-up, then constant, linear or cosine.</summary>
/// <param name="Kind">The shape.</param>
/// <param name="Peak">The largest rate.</param>
/// <param name="Steps">Steps of the run.</param>
/// <param name="WarmUp">Steps of the warm-up.</param>
public sealed record LearningRateSchedule(ScheduleKind Kind, double Peak, int Steps, int WarmUp)
{
    /// <summary>η of a step: in equal parts up to the peak over the warm-up, then the shape down to zero at the last step.</summary>
    /// <param name="step">From 0.</param>
    public double At(int step)
    {
        if (step < WarmUp)
        {
            return Peak * (step + 1) / WarmUp;
        }

        double progress = Math.Clamp((double)(step - WarmUp) / Math.Max(1, Steps - WarmUp), 0, 1);
        return Kind switch
        {
            ScheduleKind.Linear => Peak * (1 - progress),
            ScheduleKind.Cosine => Peak * 0.5 * (1 + Math.Cos(Math.PI * progress)),
            _ => Peak,
        };
    }
}
