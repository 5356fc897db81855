using LoraUnlearn.Evaluation;
using LoraUnlearn.Training;

namespace LoraUnlearn.Cli.Options;

/// <summary>The library's defaults, so that they are written once and the help shows those that are in force.</summary>
internal static class Defaults
{
    /// <summary>A request with every setting at its default.</summary>
    public static UnlearningRequest Request { get; } = new() { Model = "", Forget = "", Output = "", Compute = null!, Measures = new BasicRunMeasures() };

    /// <summary>The training settings at their defaults.</summary>
    public static TrainingOptions Training => Request.Training;

    /// <summary>Both losses at weight 1, as their formulas define them.</summary>
    public static TrainingOptions AsDefined { get; } = new() { ForgetWeight = 1, RetainWeight = 1 };
}
