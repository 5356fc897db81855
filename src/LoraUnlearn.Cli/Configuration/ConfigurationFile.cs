using System.CommandLine;
using LoraUnlearn.Cli.Verbs;
using LoraUnlearn.Data;

namespace LoraUnlearn.Cli.Configuration;

/// <summary>A YAML file with options under their names. What stands on the command line wins over it.</summary>
internal sealed class ConfigurationFile
{
    private readonly string _path;
    private readonly IReadOnlyList<ConfigurationEntry> _entries;
    private readonly HashSet<string> _inForce = new(StringComparer.Ordinal);

    private ConfigurationFile(string path, IReadOnlyList<ConfigurationEntry> entries)
    {
        _path = path;
        _entries = entries;
    }

    /// <summary>Reads a configuration file.</summary>
    /// <param name="path">The YAML file.</param>
    /// <exception cref="InputException">The file is missing, too large, or not a mapping of option names to values.</exception>
    public static ConfigurationFile Read(string path) => new(path, ConfigurationReader.Read(path));

    /// <summary>Reads a preset.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="InputException">There is no such preset.</exception>
    public static ConfigurationFile OfPreset(string name) => new($"preset {name}", ConfigurationReader.ReadText($"preset {name}", Presets.Text(name)));

    /// <summary>Arguments in which the file's options stand behind the verb, unless the command line gives them itself.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="parsed">The same, parsed.</param>
    /// <param name="verb">The verb that was chosen.</param>
    /// <exception cref="InputException">A key is not an option of the verb, or a value has a form that its option cannot take.</exception>
    public IReadOnlyList<string> PutUnder(IReadOnlyList<string> arguments, ParseResult parsed, Verb verb)
    {
        Dictionary<string, Option> options = verb.Options
            .Where(option => option != verb.Common.Config)
            .ToDictionary(option => option.Name[2..], StringComparer.Ordinal);
        List<string> added = [];
        foreach (ConfigurationEntry entry in _entries)
        {
            if (!options.TryGetValue(entry.Key, out Option? option))
            {
                throw new InputException(
                    $"{_path} line {entry.Line}: '{entry.Key}' is not an option of '{verb.Command.Name}'."
                    + $"{NearestName.Suggestion(entry.Key, options.Keys)} See 'lora-unlearn {verb.Command.Name} --help'.");
            }

            // The pairs of a mapping go before the command line's own, of which the later counts: each pair is an option by itself.
            if (entry.Pairs.Count > 0 || parsed.GetResult(option) is not { Implicit: false })
            {
                _inForce.Add(option.Name);
                added.AddRange(Values(entry, option).Select(value => $"{option.Name}={value}"));
            }
        }

        int place = arguments.TakeWhile(argument => argument != verb.Command.Name).Count() + 1;
        return [.. arguments.Take(place), .. added, .. arguments.Skip(place)];
    }

    /// <summary>"FILE line N" for an option whose value came from this file; null for one that did not.</summary>
    public string? PlaceOf(string optionName)
    {
        return _inForce.Contains(optionName)
            ? $"{_path} line {_entries.First(entry => entry.Key == optionName[2..]).Line}"
            : null;
    }

    private IEnumerable<string> Values(ConfigurationEntry entry, Option option)
    {
        bool isRepeatable = option.Arity.MaximumNumberOfValues > 1;
        if (entry.Pairs.Count > 0)
        {
            return isRepeatable
                ? entry.Pairs.Select(pair => $"{pair.Key}={pair.Value}")
                : throw new InputException($"{_path} line {entry.Line}: '{entry.Key}' takes one value, found a mapping.");
        }

        return isRepeatable ? entry.Values : [string.Join(',', entry.Values)];
    }
}
