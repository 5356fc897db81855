using LoraUnlearn.Settings;

namespace LoraUnlearn.Optimization;

/// <summary>
/// GeN's learning rate (arXiv 2407.02772, METHODS §8): a parabola through the retain loss at θ − ηd, θ and θ + ηd, d the
/// direction of the next step, has its lowest point at η*; η moves a tenth of the way there.
/// </summary>
public sealed class GeneralisedNewtonRate
{
    /// <summary>Steps between refinements unless told otherwise.</summary>
    public const int StandardEvery = 10;

    /// <summary>Share of the old rate that is kept unless told otherwise.</summary>
    public const double StandardSmoothing = 0.9;

    private readonly double _smoothing;

    /// <summary>Starts at a rate, which the first refinement corrects.</summary>
    /// <param name="initial">η at the start.</param>
    /// <param name="every">Steps between refinements.</param>
    /// <param name="smoothing">Share of the old η that is kept.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="every"/> is below 1.</exception>
    public GeneralisedNewtonRate(double initial, int every = StandardEvery, double smoothing = StandardSmoothing)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(every, 1);
        (Rate, Every, _smoothing) = (initial, every, smoothing);
    }

    /// <summary>Its parameters, given behind <c>schedule.</c> as in <c>--set schedule.every=20</c>.</summary>
    public static IReadOnlyList<Parameter> Parameters { get; } =
    [
        Parameter.Whole("every", StandardEvery, "steps between refinements of the rate", 1),
        Parameter.Number("smoothing", StandardSmoothing, "share of the old rate that a refinement keeps", 0, 1),
    ];

    /// <summary>η as of the last refinement; set to continue from a saved state.</summary>
    public double Rate { get; set; }

    /// <summary>Steps between refinements.</summary>
    public int Every { get; }

    /// <summary>
    /// Refines η from three losses: η* = (η/2)·(L₊ − L₋)/(L₊ − 2L₀ + L₋), within [η/2, 2η]. Refused where slope or curvature
    /// is not positive: the parabola then has no lowest point ahead.
    /// </summary>
    /// <param name="minus">L₋, the retain loss at θ − ηd.</param>
    /// <param name="here">L₀, at θ.</param>
    /// <param name="plus">L₊, at θ + ηd.</param>
    /// <returns>Whether the fit was accepted.</returns>
    public bool Refine(double minus, double here, double plus)
    {
        double slope = plus - minus;
        double curvature = plus - (2 * here) + minus;
        if (!(slope > 0) || !(curvature > 0) || !double.IsFinite(slope) || !double.IsFinite(curvature))
        {
            return false;
        }

        double best = Math.Clamp(Rate / 2 * slope / curvature, Rate / 2, 2 * Rate);
        Rate = (_smoothing * Rate) + ((1 - _smoothing) * best);
        return true;
    }
}
