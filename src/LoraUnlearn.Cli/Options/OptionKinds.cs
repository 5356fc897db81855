using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.RegularExpressions;
using LoraUnlearn.Cli.Text;
using LoraUnlearn.Data;

namespace LoraUnlearn.Cli.Options;

/// <summary>The kinds of options: each checks its value while parsing and says what was found and what was expected.</summary>
internal static class OptionKinds
{
    /// <summary>A switch that is off unless given.</summary>
    public static Option<bool> Flag(string name, string description) =>
        new(name) { Description = description };

    /// <summary>A path to be read; null unless given.</summary>
    public static Option<string?> Input(string name, string valueName, string description) =>
        new PathOption<string?>(name, PathRole.Input) { Description = description, HelpName = valueName, CustomParser = NotEmpty };

    /// <summary>A path to be read, which must be given.</summary>
    public static Option<string> RequiredInput(string name, string valueName, string description) =>
        new PathOption<string>(name, PathRole.Input)
        {
            Description = description,
            HelpName = valueName,
            Required = true,
            CustomParser = argument => NotEmpty(argument) ?? "",
        };

    /// <summary>Paths to be read.</summary>
    public static Option<string[]> Inputs(string name, string valueName, string description) =>
        new PathOption<string[]>(name, PathRole.Input)
        {
            Description = description + " May be given several times.",
            HelpName = valueName,
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = false,
            DefaultValueFactory = _ => [],
        };

    /// <summary>A file to be written; null unless given.</summary>
    public static Option<string?> OutputFile(string name, string description) =>
        new PathOption<string?>(name, PathRole.OutputFile) { Description = description, HelpName = "FILE", CustomParser = NotEmpty };

    /// <summary>A new folder to be written; null unless given.</summary>
    public static Option<string?> OutputFolder(string name, string description) =>
        new PathOption<string?>(name, PathRole.OutputFolder) { Description = description, HelpName = "DIR", CustomParser = NotEmpty };

    /// <summary>A file or folder to be written, which must be given.</summary>
    public static Option<string> RequiredOutput(string name, PathRole role, string description) =>
        new PathOption<string>(name, role)
        {
            Description = description,
            HelpName = role == PathRole.OutputFile ? "FILE" : "DIR",
            Required = true,
            CustomParser = argument => NotEmpty(argument) ?? "",
        };

    /// <summary>A folder of the verb's own to be written, with a default.</summary>
    public static Option<string> WorkFolder(string name, string description, string defaultValue) =>
        new PathOption<string>(name, PathRole.WorkFolder)
        {
            Description = description,
            HelpName = "DIR",
            DefaultValueFactory = _ => defaultValue,
            CustomParser = argument => NotEmpty(argument) ?? "",
        };

    /// <summary>Any text; null unless given.</summary>
    public static Option<string?> Text(string name, string valueName, string description) =>
        new(name) { Description = description, HelpName = valueName, CustomParser = NotEmpty };

    /// <summary>Any text with a default.</summary>
    public static Option<string> Text(string name, string valueName, string description, string defaultValue) =>
        new(name)
        {
            Description = description,
            HelpName = valueName,
            DefaultValueFactory = _ => defaultValue,
            CustomParser = argument => NotEmpty(argument) ?? "",
        };

    /// <summary>Text that may be given several times.</summary>
    public static Option<string[]> Repeated(string name, string valueName, string description) =>
        new(name)
        {
            Description = description + " May be given several times.",
            HelpName = valueName,
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = false,
            DefaultValueFactory = _ => [],
        };

    /// <summary>One of some names.</summary>
    public static Option<string> Choice(string name, string description, string defaultValue, params string[] names) =>
        new(name)
        {
            Description = description,
            HelpName = string.Join('|', names),
            DefaultValueFactory = _ => defaultValue,
            CustomParser = argument => OneOf(argument, names),
        };

    /// <summary>One of some names; null unless given.</summary>
    public static Option<string?> OptionalChoice(string name, string description, params string[] names) =>
        new(name) { Description = description, HelpName = string.Join('|', names), CustomParser = argument => OneOf(argument, names) };

    /// <summary>Text of a given form.</summary>
    public static Option<string> Pattern(
        string name, string valueName, string description, string defaultValue, string pattern, string expected) =>
        new(name)
        {
            Description = description,
            HelpName = valueName,
            DefaultValueFactory = _ => defaultValue,
            CustomParser = argument =>
            {
                string text = Only(argument);
                if (!Regex.IsMatch(text, pattern, RegexOptions.CultureInvariant))
                {
                    Refuse(argument, text, expected);
                }

                return text;
            },
        };

    /// <summary>A whole number with a default.</summary>
    public static Option<int> Whole(string name, string description, int defaultValue, int minimum, int maximum = int.MaxValue) =>
        new(name)
        {
            Description = description,
            HelpName = "N",
            DefaultValueFactory = _ => defaultValue,
            CustomParser = argument => (int)ParseWhole(argument, minimum, maximum),
        };

    /// <summary>A whole number of 64 bits, from 0, with a default.</summary>
    public static Option<long> Whole64(string name, string description, long defaultValue) =>
        new(name)
        {
            Description = description,
            HelpName = "N",
            DefaultValueFactory = _ => defaultValue,
            CustomParser = argument => ParseWhole(argument, 0, long.MaxValue),
        };

    /// <summary>A whole number; null unless given.</summary>
    public static Option<int?> OptionalWhole(string name, string description, int minimum, int maximum = int.MaxValue) =>
        new(name)
        {
            Description = description,
            HelpName = "N",
            CustomParser = argument => (int)ParseWhole(argument, minimum, maximum),
        };

    /// <summary>A number with a default; both ends of its range are allowed.</summary>
    public static Option<double> Number(
        string name, string description, double defaultValue, double minimum, double maximum = double.MaxValue) =>
        new(name)
        {
            Description = description,
            HelpName = "X",
            DefaultValueFactory = _ => defaultValue,
            CustomParser = argument => ParseNumber(argument, minimum, maximum),
        };

    /// <summary>A number; null unless given.</summary>
    public static Option<double?> OptionalNumber(
        string name, string description, double minimum, double maximum = double.MaxValue) =>
        new(name)
        {
            Description = description,
            HelpName = "X",
            CustomParser = argument => ParseNumber(argument, minimum, maximum),
        };

    private static string? NotEmpty(ArgumentResult argument)
    {
        string text = Only(argument);
        if (text.Length == 0)
        {
            Refuse(argument, text, "a value that is not empty");
        }

        return text;
    }

    private static string OneOf(ArgumentResult argument, string[] names)
    {
        string text = Only(argument);
        if (!names.Contains(text, StringComparer.Ordinal))
        {
            Refuse(argument, text, $"one of {string.Join(", ", names)}", NearestName.Suggestion(text, names));
        }

        return text;
    }

    private static long ParseWhole(ArgumentResult argument, long minimum, long maximum)
    {
        string text = Only(argument);
        bool isWhole = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value);
        if (!isWhole || value < minimum || value > maximum)
        {
            Refuse(argument, text, maximum is int.MaxValue or long.MaxValue
                ? $"a whole number, {minimum} or more"
                : $"a whole number from {minimum} to {maximum}");
            return minimum;
        }

        return value;
    }

    private static double ParseNumber(ArgumentResult argument, double minimum, double maximum)
    {
        string text = Only(argument);
        bool isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value);
        if (!isNumber || !double.IsFinite(value) || value < minimum || value > maximum)
        {
            Refuse(argument, text, maximum == double.MaxValue
                ? $"a number, {minimum} or more"
                : $"a number from {minimum} to {maximum}");
            return minimum;
        }

        return value;
    }

    private static string Only(ArgumentResult argument) => argument.Tokens.Count == 0 ? "" : argument.Tokens[0].Value;

    private static void Refuse(ArgumentResult argument, string found, string expected, string advice = "")
    {
        string name = argument.Parent is OptionResult option ? option.Option.Name : argument.Argument.Name;
        argument.AddError($"{name}: found '{PlainText.Cut(found)}', expected {expected}.{advice}");
    }
}
