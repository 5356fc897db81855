using LoraUnlearn.Settings;

namespace LoraUnlearn.Objectives;

/// <summary>The objectives and retain terms by name: two plain lists.</summary>
public static class ObjectiveCatalog
{
    /// <summary>The forget objectives (METHODS §5), in the order of the help.</summary>
    public static IReadOnlyList<Method<Objective>> ForgetObjectives { get; } =
    [
        InvertedHingeObjective.Entry,
        GradientAscentObjective.Entry,
        NegativePreferenceObjective.Entry,
        SimpleNegativePreferenceObjective.Entry,
        DirectPreferenceObjective.Entry,
        PreferenceObjective.Entry,
        WeightedAscentObjective.Entry,
        TokenPreferenceObjective.Entry,
        WeightedTokenPreferenceObjective.Entry,
        SaturationImportanceObjective.Entry,
        MisdirectionObjective.Entry,
        SelfDistillationObjective.Entry,
        ExclusionObjective.Entry,
        RandomLabelObjective.Entry,
        AdversarialLabelObjective.Entry,
        FlatDistributionObjective.Entry,
    ];

    /// <summary>The retain terms (METHODS §6); <c>none</c> makes null.</summary>
    public static IReadOnlyList<Method<Objective?>> RetainTerms { get; } =
    [
        new("none", "0", "", "Without a retain set.", _ => null),
        NllRetainTerm.Entry,
        KlRetainTerm.Entry,
        HiddenRetainTerm.Entry,
    ];

    /// <summary>Names for <c>--objective</c>.</summary>
    public static IReadOnlyList<string> ForgetNames { get; } = [.. ForgetObjectives.Select(entry => entry.Name)];

    /// <summary>Names for <c>--retain-loss</c>.</summary>
    public static IReadOnlyList<string> RetainNames { get; } = [.. RetainTerms.Select(entry => entry.Name)];

    /// <summary>Makes a forget objective; a layer of it is checked when it is told of the model.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="settings">Values of its parameters, as text; null for the defaults.</param>
    /// <exception cref="InputException">There is no such objective or parameter, or a value is out of range.</exception>
    public static Objective Forget(string name, IReadOnlyDictionary<string, string>? settings = null) =>
        ForgetObjectives.Named("objective", name).With(settings);

    /// <summary>Makes a retain term; a layer of it is checked when it is told of the model.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="settings">Values of its parameters, as text; null for the defaults.</param>
    /// <returns>Null for <c>none</c>.</returns>
    /// <exception cref="InputException">There is no such term or parameter, or a value is out of range.</exception>
    public static Objective? Retain(string name, IReadOnlyDictionary<string, string>? settings = null) =>
        RetainTerms.Named("retain loss", name).With(settings);
}
