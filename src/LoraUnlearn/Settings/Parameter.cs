using System.Globalization;
using LoraUnlearn.Data;

namespace LoraUnlearn.Settings;

/// <summary>A number that a method can be given: its name, default, range and meaning.</summary>
public sealed record Parameter
{
    private Parameter(string name, double? standard, string meaning)
    {
        Name = name;
        Default = standard;
        Meaning = meaning;
    }

    /// <summary>The name before the equals sign of <c>--set name=value</c>.</summary>
    public string Name { get; }

    /// <summary>The value unless given; null where the method chooses it for the model at hand.</summary>
    public double? Default { get; }

    /// <summary>What it does, in a few words.</summary>
    public string Meaning { get; }

    /// <summary>Whether only whole numbers are allowed.</summary>
    public bool IsWhole { get; private init; }

    /// <summary>Smallest value.</summary>
    public double Minimum { get; private init; }

    /// <summary>Whether <see cref="Minimum"/> itself is too small.</summary>
    public bool IsMinimumExcluded { get; private init; }

    /// <summary>Largest value.</summary>
    public double Maximum { get; private init; } = double.MaxValue;

    /// <summary>The range in words, for example "a number above 0".</summary>
    public string Range
    {
        get
        {
            string kind = IsWhole ? "a whole number" : "a number";
            string low = Minimum <= -double.MaxValue ? "" : IsMinimumExcluded ? $" above {Text(Minimum)}" : $" from {Text(Minimum)}";
            return Maximum >= double.MaxValue ? kind + low : $"{kind}{low} to {Text(Maximum)}";
        }
    }

    /// <summary>A number above 0.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="standard">Its default.</param>
    /// <param name="meaning">What it does.</param>
    public static Parameter Positive(string name, double standard, string meaning) =>
        new(name, standard, meaning) { IsMinimumExcluded = true };

    /// <summary>A number in a range.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="standard">Its default.</param>
    /// <param name="meaning">What it does.</param>
    /// <param name="minimum">Smallest value.</param>
    /// <param name="maximum">Largest value.</param>
    public static Parameter Number(string name, double standard, string meaning, double minimum = -double.MaxValue, double maximum = double.MaxValue) =>
        new(name, standard, meaning) { Minimum = minimum, Maximum = maximum };

    /// <summary>A whole number.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="standard">Its default; null where the method chooses it for the model at hand.</param>
    /// <param name="meaning">What it does.</param>
    /// <param name="minimum">Smallest value.</param>
    public static Parameter Whole(string name, int? standard, string meaning, int minimum) =>
        new(name, standard, meaning) { IsWhole = true, Minimum = minimum, Maximum = int.MaxValue };

    /// <summary>Reads a value.</summary>
    /// <param name="owner">Whose parameter it is, for messages.</param>
    /// <param name="text">What was written.</param>
    /// <exception cref="InputException">It is not a number, or out of range.</exception>
    public double Parse(string owner, string text)
    {
        bool isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value);
        bool isInRange = isNumber && value <= Maximum && (IsMinimumExcluded ? value > Minimum : value >= Minimum);
        if (!isInRange || (IsWhole && value != Math.Floor(value)))
        {
            throw new InputException($"{owner}: {Name} is '{Shortened(text)}'; expected {Range}.");
        }

        return value;
    }

    internal static string Text(double value) => value.ToString("G15", CultureInfo.InvariantCulture);

    private static string Shortened(string text) => text.Length <= 40 ? text : text[..40] + "…";
}

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
