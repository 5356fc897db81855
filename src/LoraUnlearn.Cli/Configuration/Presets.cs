using System.Reflection;
using LoraUnlearn.Data;

namespace LoraUnlearn.Cli.Configuration;

/// <summary>The methods of the field with their papers' settings: small YAML files of <c>unlearn</c>'s options, inside the program.</summary>
internal static class Presets
{
    private const string Prefix = "Presets.";

    private static readonly Assembly Program = typeof(Presets).Assembly;

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. Program.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Select(name => name[Prefix.Length..]).Order(StringComparer.Ordinal)];

    /// <summary>The YAML of a preset.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="InputException">There is no such preset.</exception>
    public static string Text(string name)
    {
        if (!Names.Contains(name))
        {
            throw new InputException($"There is no preset '{name}'; known: {string.Join(", ", Names)}.{NearestName.Suggestion(name, Names)}");
        }

        using StreamReader reader = new(Program.GetManifestResourceStream(Prefix + name)!);
        return reader.ReadToEnd();
    }
}
