using LoraUnlearn.Data;

namespace LoraUnlearn.Settings;

/// <summary>A way of doing something that is chosen by name: an objective, a retain term, a gradient combiner.</summary>
/// <typeparam name="T">What it makes.</typeparam>
/// <param name="Name">The name on the command line.</param>
/// <param name="Formula">The formula in one line.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Use">When to use it, in one sentence.</param>
/// <param name="Create">Makes it from checked values.</param>
/// <param name="Parameters">Its parameters.</param>
public sealed record Method<T>(string Name, string Formula, string Source, string Use, Func<ParameterValues, T> Create, params IReadOnlyList<Parameter> Parameters)
{
    /// <summary>Checks settings and makes it.</summary>
    /// <param name="settings">Values by parameter; null for the defaults.</param>
    /// <exception cref="InputException">A name is unknown, or a value out of range.</exception>
    public T With(IReadOnlyDictionary<string, string>? settings = null) => Create(Values(settings));

    /// <summary>Checks settings.</summary>
    /// <param name="settings">Values by parameter; null for the defaults.</param>
    /// <exception cref="InputException">A name is unknown, or a value out of range.</exception>
    public ParameterValues Values(IReadOnlyDictionary<string, string>? settings) => ParameterValues.Read(Name, Parameters, settings);
}

/// <summary>Finds methods by name.</summary>
public static class MethodSearch
{
    /// <summary>The method of a name.</summary>
    /// <typeparam name="T">What the methods make.</typeparam>
    /// <param name="methods">All there are.</param>
    /// <param name="kind">What they are, for messages, for example <c>objective</c>.</param>
    /// <param name="name">The name.</param>
    /// <exception cref="InputException">There is no such method; the message says what was probably meant.</exception>
    public static Method<T> Named<T>(this IReadOnlyList<Method<T>> methods, string kind, string name)
    {
        string[] known = [.. methods.Select(method => method.Name)];
        return methods.FirstOrDefault(method => method.Name == name)
            ?? throw new InputException($"There is no {kind} '{name}'; known: {string.Join(", ", known)}.{NearestName.Suggestion(name, known)}");
    }
}

/// <summary>
/// The settings of a run's methods by name: <c>beta</c> belongs to the objective, <c>retain.layer</c> to the retain term,
/// <c>combiner.rate</c> to the combiner, <c>schedule.every</c> to the schedule.
/// </summary>
public sealed class MethodSettings
{
    private static readonly string[] Groups = ["retain", "combiner", "schedule"];

    private MethodSettings(IReadOnlyDictionary<string, string> objective, IReadOnlyDictionary<string, string>[] groups)
    {
        Objective = objective;
        (Retain, Combiner, Schedule) = (groups[0], groups[1], groups[2]);
    }

    /// <summary>Of the forget objective.</summary>
    public IReadOnlyDictionary<string, string> Objective { get; }

    /// <summary>Of the retain term.</summary>
    public IReadOnlyDictionary<string, string> Retain { get; }

    /// <summary>Of the combiner.</summary>
    public IReadOnlyDictionary<string, string> Combiner { get; }

    /// <summary>Of the schedule.</summary>
    public IReadOnlyDictionary<string, string> Schedule { get; }

    /// <summary>Sorts settings by whom they belong to.</summary>
    /// <param name="settings">Values by name.</param>
    /// <exception cref="InputException">The word before a point is not one of retain, combiner, schedule.</exception>
    public static MethodSettings SortByMethod(IReadOnlyDictionary<string, string> settings)
    {
        string? wrong = settings.Keys.FirstOrDefault(key => key.Contains('.', StringComparison.Ordinal) && !Groups.Contains(key[..key.IndexOf('.', StringComparison.Ordinal)]));
        if (wrong is not null)
        {
            string word = wrong[..wrong.IndexOf('.', StringComparison.Ordinal)];
            throw new InputException(
                $"--set {wrong}: '{word}.' is no group of parameters; expected the objective's parameter alone, or one behind retain., combiner. or schedule.{NearestName.Suggestion(word, Groups)}");
        }

        IReadOnlyDictionary<string, string> Group(string name) => settings
            .Where(pair => pair.Key.StartsWith(name + '.', StringComparison.Ordinal))
            .ToDictionary(pair => pair.Key[(name.Length + 1)..], pair => pair.Value, StringComparer.Ordinal);
        return new MethodSettings(
            settings.Where(pair => !pair.Key.Contains('.', StringComparison.Ordinal)).ToDictionary(StringComparer.Ordinal),
            [.. Groups.Select(Group)]);
    }

    /// <summary>Reads settings as they stand on a command line.</summary>
    /// <param name="pairs">Each <c>name=value</c>; of two with one name the later counts.</param>
    /// <exception cref="InputException">One has no name or no equals sign.</exception>
    public static IReadOnlyDictionary<string, string> Parse(IEnumerable<string> pairs)
    {
        Dictionary<string, string> settings = new(StringComparer.Ordinal);
        foreach (string pair in pairs)
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw new InputException($"--set {pair}: expected NAME=VALUE, for example --set beta=0.1.");
            }

            settings[pair[..equals].Trim()] = pair[(equals + 1)..].Trim();
        }

        return settings;
    }
}
