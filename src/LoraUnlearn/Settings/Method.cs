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
