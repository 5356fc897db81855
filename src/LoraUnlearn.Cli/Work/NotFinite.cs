using LoraUnlearn.Sessions;

namespace LoraUnlearn.Cli.Work;

/// <summary>Ends the work where a figure is NaN or infinite: the weights are checked when they are read, so the computation overflowed.</summary>
internal static class NotFinite
{
    /// <summary>Checks a figure.</summary>
    /// <param name="value">The figure.</param>
    /// <param name="what">What it is, for the message.</param>
    /// <param name="session">The model that computed it.</param>
    /// <exception cref="WorkFailedException">It is not finite.</exception>
    public static void Require(double value, string what, ModelSession session)
    {
        if (!double.IsFinite(value))
        {
            throw new WorkFailedException($"{what} is not a number: the model overflows in {session.Compute.Dtype.ToString().ToLowerInvariant()}. Choose --dtype float32 (or bfloat16, whose range is as wide), or check the adapter.");
        }
    }
}
