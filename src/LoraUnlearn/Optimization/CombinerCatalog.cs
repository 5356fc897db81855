using LoraUnlearn.Settings;

namespace LoraUnlearn.Optimization;

/// <summary>The gradient combiners by name (METHODS §7): a plain list.</summary>
public static class CombinerCatalog
{
    /// <summary>The combiners.</summary>
    public static IReadOnlyList<Method<GradientCombiner>> Combiners { get; } =
        [SumCombiner.Entry, NormalisedDifferenceCombiner.Entry, GradientSurgeryCombiner.Entry, PrimalDualCombiner.Entry];

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Combiners.Select(entry => entry.Name)];

    /// <summary>Makes a combiner.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="settings">Values of its parameters, as text; null for the defaults.</param>
    /// <exception cref="InputException">There is no such combiner or parameter, or a value is out of range.</exception>
    public static GradientCombiner Create(string name, IReadOnlyDictionary<string, string>? settings = null) =>
        Combiners.Named("combiner", name).With(settings);
}
