using System.CommandLine;
using System.Globalization;
using LoraUnlearn.Cli.Verbs;

namespace LoraUnlearn.Cli;

/// <summary>Writes the help of the tool and of its verbs.</summary>
internal sealed class HelpText
{
    private const int LongestFirstColumn = 34;

    private readonly TextWriter _writer;
    private readonly int _width;

    /// <summary>Creates the writer of help.</summary>
    /// <param name="writer">Where it goes.</param>
    /// <param name="width">Characters in a line.</param>
    public HelpText(TextWriter writer, int width)
    {
        _writer = writer;
        _width = width;
    }

    /// <summary>Help without a verb: what the tool is, and its verbs.</summary>
    public void WriteOverview(IReadOnlyList<Verb> verbs)
    {
        _writer.WriteLine("lora-unlearn removes chosen knowledge from a language model by training a small adapter.");
        _writer.WriteLine();
        _writer.WriteLine("Usage: lora-unlearn VERB [options]");
        _writer.WriteLine();
        _writer.WriteLine("Verbs:");
        WriteColumns([.. verbs.Select(verb => (verb.Command.Name, verb.Command.Description ?? ""))]);
        _writer.WriteLine();
        _writer.WriteLine("lora-unlearn VERB --help shows the options of a verb; --version the version.");
        _writer.WriteLine("Exit codes: 0 done; 1 the work failed; 2 bad usage or bad input, or an --out that another run is writing; 130 interrupted.");
    }

    /// <summary>Help of a verb, or on a topic of it.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="topic">The word behind <c>--help</c>; null where there is none.</param>
    /// <exception cref="InputException">The verb has no such topic.</exception>
    public void WriteVerb(Verb verb, string? topic)
    {
        if (topic is { Length: > 0 })
        {
            string text = verb.HelpOn(topic)
                ?? throw new InputException($"'{verb.Command.Name} --help' has no topic '{topic}'. See 'lora-unlearn {verb.Command.Name} --help'.");
            _writer.WriteLine(text);
            return;
        }

        string arguments = string.Concat(verb.Command.Arguments.Select(argument => $" {argument.HelpName ?? argument.Name}"));
        _writer.WriteLine(verb.Command.Description);
        _writer.WriteLine();
        _writer.WriteLine($"Usage: lora-unlearn {verb.Command.Name}{arguments} [options]");
        if (verb.Details.Length > 0)
        {
            _writer.WriteLine();
            WriteWrapped(verb.Details, indent: 0);
        }

        WriteArguments(verb);
        foreach (OptionGroup group in verb.Groups)
        {
            _writer.WriteLine();
            _writer.WriteLine($"{group.Heading}:");
            WriteColumns([.. group.Options.Where(option => !option.Hidden).Select(option => (Name(option), Describe(option)))]);
        }

        _writer.WriteLine();
        _writer.WriteLine(verb.Examples.Count == 1 ? "Example:" : "Examples:");
        foreach (string example in verb.Examples)
        {
            _writer.WriteLine($"  {example}");
        }
    }

    private void WriteArguments(Verb verb)
    {
        if (verb.Command.Arguments.Count > 0)
        {
            _writer.WriteLine();
            _writer.WriteLine("Arguments:");
            WriteColumns([.. verb.Command.Arguments.Select(argument => (argument.HelpName ?? argument.Name, argument.Description ?? ""))]);
        }
    }

    private static string Name(Option option) =>
        option.HelpName is { Length: > 0 and <= 20 } value ? $"{option.Name} {value}" : option.Name;

    private static string Describe(Option option)
    {
        string values = option.HelpName is { Length: > 20 } names ? $" One of {names.Replace("|", ", ", StringComparison.Ordinal)}." : "";
        string defaultText = option.Required ? " (required)" : DefaultText(option);
        return option.Description + values + defaultText;
    }

    private static string DefaultText(Option option)
    {
        object? value = option.ValueType != typeof(bool) && option.HasDefaultValue ? option.GetDefaultValue() : null;
        return value switch
        {
            null or Array or "" => "",
            IFormattable number => $" (default {number.ToString(null, CultureInfo.InvariantCulture)})",
            _ => $" (default {value})",
        };
    }

    private void WriteColumns(IReadOnlyList<(string Left, string Right)> rows)
    {
        int first = Math.Min(LongestFirstColumn, rows.Max(row => row.Left.Length));
        foreach ((string left, string right) in rows)
        {
            _writer.Write($"  {left.PadRight(first)}");
            if (left.Length > first)
            {
                _writer.WriteLine();
                _writer.Write(new string(' ', first + 2));
            }

            _writer.Write("  ");
            WriteWrapped(right, indent: first + 4);
        }
    }

    // Writes text that begins where the cursor is; further lines are indented.
    private void WriteWrapped(string text, int indent)
    {
        int room = Math.Max(30, _width - indent - 1);
        bool isFirst = true;
        foreach (string line in text.Split('\n').SelectMany(paragraph => Wrap(paragraph, room)))
        {
            _writer.WriteLine(isFirst ? line : new string(' ', line.Length == 0 ? 0 : indent) + line);
            isFirst = false;
        }
    }

    private static IEnumerable<string> Wrap(string paragraph, int room)
    {
        string line = "";
        foreach (string word in paragraph.Split(' '))
        {
            bool fits = line.Length == 0 || line.Length + 1 + word.Length <= room;
            if (!fits)
            {
                yield return line;
                line = "";
            }

            line = line.Length == 0 ? word : $"{line} {word}";
        }

        yield return line;
    }
}
