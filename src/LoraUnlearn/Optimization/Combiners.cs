using LoraUnlearn.Settings;

namespace LoraUnlearn.Optimization;

/// <summary>The combiners by name (METHODS §7): a plain list.</summary>
public static class Combiners
{
    /// <summary>The combiners.</summary>
    public static IReadOnlyList<Method<ForgetRetainCombiner>> All { get; } =
        [SumCombiner.Entry, NormalisedDifferenceCombiner.Entry, GradientSurgeryCombiner.Entry, PrimalDualCombiner.Entry];

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(entry => entry.Name)];

    /// <summary>Makes a combiner.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="settings">Values of its parameters, as text; null for the defaults.</param>
    /// <exception cref="InputException">There is no such combiner or parameter, or a value is out of range.</exception>
    public static ForgetRetainCombiner Create(string name, IReadOnlyDictionary<string, string>? settings = null) =>
        All.Named("combiner", name).With(settings);
}
