using LoraUnlearn.Data;

namespace LoraUnlearn.Settings;

/// <summary>The checked values of a method's parameters.</summary>
public sealed class ParameterValues
{
    private readonly Dictionary<string, double?> _values;

    private ParameterValues(Dictionary<string, double?> values) => _values = values;

    /// <summary>All values by name; null where the method chooses.</summary>
    public IReadOnlyDictionary<string, double?> All => _values;

    /// <summary>A value that is given or has a default.</summary>
    /// <param name="name">The parameter.</param>
    public double this[string name] => _values[name]!.Value;

    /// <summary>A whole number, or null where the method chooses.</summary>
    /// <param name="name">The parameter.</param>
    public int? Whole(string name) => (int?)_values[name];

    /// <summary>Reads the settings of a method.</summary>
    /// <param name="owner">Whose they are, for messages, for example <c>npo</c>.</param>
    /// <param name="parameters">The parameters there are.</param>
    /// <param name="settings">What was given; null for nothing.</param>
    /// <exception cref="InputException">A name is unknown, or a value is not a number in its range.</exception>
    public static ParameterValues Read(string owner, IReadOnlyList<Parameter> parameters, IReadOnlyDictionary<string, string>? settings)
    {
        Dictionary<string, double?> values = parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Default, StringComparer.Ordinal);
        foreach ((string name, string text) in settings ?? new Dictionary<string, string>())
        {
            Parameter parameter = parameters.FirstOrDefault(known => known.Name == name) ?? throw Unknown(owner, name, parameters);
            values[name] = parameter.Parse(owner, text);
        }

        return new ParameterValues(values);
    }

    private static InputException Unknown(string owner, string name, IReadOnlyList<Parameter> parameters)
    {
        string[] known = [.. parameters.Select(parameter => parameter.Name)];
        return new InputException(known.Length == 0
            ? $"{owner} has no parameters; leave {name} out."
            : $"{owner} has no parameter '{name}'; it has {string.Join(", ", known)}.{NearestName.Suggestion(name, known)}");
    }
}
