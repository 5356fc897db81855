using System.CommandLine;
using System.CommandLine.Parsing;
using LoraUnlearn.Cli.Configuration;
using LoraUnlearn.Cli.Verbs;
using LoraUnlearn.Data;

namespace LoraUnlearn.Cli;

/// <summary>Turns what the parser complains about into one message with what to do.</summary>
internal static class UsageErrors
{
    /// <summary>The exception for a word that is no verb.</summary>
    /// <param name="word">The word; null where there was none.</param>
    /// <param name="verbs">The verbs there are.</param>
    public static InputException UnknownVerb(string? word, IReadOnlyList<Verb> verbs)
    {
        IEnumerable<string> names = verbs.Select(verb => verb.Command.Name);
        string list = $"The verbs are {string.Join(", ", names)}. See 'lora-unlearn --help'.";
        return word switch
        {
            null => new InputException($"No verb was given. {list}"),
            _ when word.StartsWith('-') => new InputException($"'{word}' is not an option of lora-unlearn without a verb. {list}"),
            _ => new InputException($"'{word}' is not a verb.{NearestName.Suggestion(word, names)} {list}"),
        };
    }

    /// <summary>Throws for the first thing wrong with a verb's command line.</summary>
    /// <param name="parsed">The command line, the configuration file's options included.</param>
    /// <param name="verb">The verb.</param>
    /// <param name="configuration">The configuration file, where there is one.</param>
    /// <exception cref="InputException">Something is wrong.</exception>
    public static void ThrowIfAny(ParseResult parsed, Verb verb, ConfigurationFile? configuration)
    {
        string seeHelp = $"See 'lora-unlearn {verb.Command.Name} --help'.";
        string? unknown = parsed.UnmatchedTokens.FirstOrDefault(token => token.StartsWith('-')) ?? MisreadOption(parsed, verb);
        if (unknown is not null)
        {
            string name = unknown.Split('=')[0];
            string suggestion = NearestName.Suggestion(name, verb.Options.Select(option => option.Name));
            throw new InputException($"'{name}' is not an option of '{verb.Command.Name}'.{suggestion} {seeHelp}");
        }

        if (parsed.UnmatchedTokens.Count > 0)
        {
            throw new InputException(
                $"'{parsed.UnmatchedTokens[0]}' is one word too many for '{verb.Command.Name}': every value follows its option. {seeHelp}");
        }

        if (parsed.Errors.Count > 0)
        {
            ParseError error = parsed.Errors[0];
            string origin = OriginOf(error, configuration);
            throw new InputException($"{origin}{error.Message} {seeHelp}");
        }
    }

    // An option that the parser does not know, taken for the value of a positional argument.
    private static string? MisreadOption(ParseResult parsed, Verb verb)
    {
        return verb.Command.Arguments
            .SelectMany(argument => parsed.GetResult(argument)?.Tokens ?? [])
            .Select(token => token.Value)
            .FirstOrDefault(value => value.StartsWith("--", StringComparison.Ordinal));
    }

    private static string OriginOf(ParseError error, ConfigurationFile? configuration)
    {
        for (SymbolResult? result = error.SymbolResult; result is not null; result = result.Parent)
        {
            if (result is OptionResult option && configuration?.PlaceOf(option.Option.Name) is string place)
            {
                return $"{place}: ";
            }
        }

        return "";
    }
}
