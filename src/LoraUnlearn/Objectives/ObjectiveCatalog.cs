using LoraUnlearn.Data;

namespace LoraUnlearn.Objectives;

/// <summary>The objectives and retain terms by name: a plain list.</summary>
public static class ObjectiveCatalog
{
    private static readonly IReadOnlyList<(string Name, Func<Objective> Create)> ForgetObjectives =
    [
        ("ga", () => new GradientAscentObjective()),
        ("ihl", () => new InvertedHingeObjective()),
    ];

    private static readonly IReadOnlyList<(string Name, Func<Objective?> Create)> RetainTerms =
    [
        ("none", () => null),
        ("nll", () => new NllRetainTerm()),
        ("kl", () => new KlRetainTerm()),
    ];

    /// <summary>Names of the forget objectives.</summary>
    public static IReadOnlyList<string> ForgetNames { get; } = [.. ForgetObjectives.Select(entry => entry.Name)];

    /// <summary>Names of the retain terms.</summary>
    public static IReadOnlyList<string> RetainNames { get; } = [.. RetainTerms.Select(entry => entry.Name)];

    /// <summary>Makes a forget objective.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="InputException">There is no such objective.</exception>
    public static Objective Forget(string name) =>
        (ForgetObjectives.FirstOrDefault(entry => entry.Name == name).Create ?? throw Unknown("objective", name, ForgetNames))();

    /// <summary>Makes a retain term.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>Null for <c>none</c>.</returns>
    /// <exception cref="InputException">There is no such term.</exception>
    public static Objective? Retain(string name) =>
        (RetainTerms.FirstOrDefault(entry => entry.Name == name).Create ?? throw Unknown("retain loss", name, RetainNames))();

    private static InputException Unknown(string what, string name, IReadOnlyList<string> known) =>
        new($"There is no {what} '{name}'{NearestName.Suggestion(name, known)}; known: {string.Join(", ", known)}.");
}
