namespace LoraUnlearn.Training;

/// <summary>What one optimiser step did.</summary>
/// <param name="Step">Steps taken, this one included.</param>
/// <param name="Total">Steps of the run.</param>
/// <param name="ForgetLoss">L_f, unweighted, averaged over the micro-batches.</param>
/// <param name="RetainLoss">L_r likewise; null without a retain term.</param>
/// <param name="GradientNorm">
/// Norm over all adapter parameters: of the summed losses' gradient before clipping, or of what a combiner made of the two clipped ones.
/// </param>
/// <param name="LearningRate">η of the step.</param>
/// <param name="Tokens">Real tokens of the step, padding left out.</param>
/// <param name="Seconds">Time of the step.</param>
public sealed record StepReport(int Step, int Total, double ForgetLoss, double? RetainLoss, double GradientNorm, double LearningRate, long Tokens, double Seconds);
