using System.Text;
using LoraUnlearn.Cli.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace LoraUnlearn.Cli.Configuration;

/// <summary>
/// Reads the little YAML that a configuration file needs: one mapping from names to scalars, lists of scalars or
/// mappings of scalars. Anchors, aliases, tags and deeper nesting are refused, so a hostile file cannot grow in memory.
/// </summary>
internal sealed class ConfigurationReader
{
    private const long LargestFile = 1 << 20;

    private readonly string _path;
    private readonly Parser _parser;

    private ConfigurationReader(string path, string text)
    {
        _path = path;
        _parser = new Parser(new StringReader(text));
    }

    /// <summary>The entries of a file, in order.</summary>
    /// <param name="path">The YAML file.</param>
    /// <exception cref="InputException">The file is missing, too large, or of another form.</exception>
    public static IReadOnlyList<ConfigurationEntry> Read(string path)
    {
        using FileStream file = InputFiles.OpenRead("--config", path);
        if (file.Length > LargestFile)
        {
            throw new InputException($"--config: {path} has {file.Length} bytes, expected at most {LargestFile}: a short YAML file with options under their names.");
        }

        using StreamReader reader = new(file, Encoding.UTF8);
        return ReadText(path, reader.ReadToEnd());
    }

    /// <summary>The entries of a text, in order.</summary>
    /// <param name="path">Where it comes from, for messages.</param>
    /// <param name="text">The YAML.</param>
    /// <exception cref="InputException">The text has another form.</exception>
    public static IReadOnlyList<ConfigurationEntry> ReadText(string path, string text)
    {
        try
        {
            return new ConfigurationReader(path, text).ReadEntries();
        }
        catch (YamlException exception)
        {
            throw new InputException(
                $"{path} line {exception.Start.Line}, column {exception.Start.Column}: not YAML: {Reason(exception)}", exception);
        }
        catch (InvalidOperationException exception)
        {
            // How YamlDotNet 16.3 takes a bracket that is opened in the middle of a mapping and closed nowhere.
            throw new InputException($"{path}: not YAML: a bracket or a quotation mark that is opened and not closed.", exception);
        }
    }

    private List<ConfigurationEntry> ReadEntries()
    {
        List<ConfigurationEntry> entries = [];
        _parser.Consume<StreamStart>();
        if (_parser.TryConsume<StreamEnd>(out _))
        {
            return entries;
        }

        _parser.Consume<DocumentStart>();
        if (!IsEmptyDocument())
        {
            Expect<MappingStart>("a mapping from option names to values, like 'rank: 16'");
            while (!_parser.TryConsume<MappingEnd>(out _))
            {
                entries.Add(ReadEntry(entries));
            }
        }

        _parser.Consume<DocumentEnd>();
        if (!_parser.TryConsume<StreamEnd>(out _))
        {
            throw Refusal(_parser.Current!, "a second document", "one document");
        }

        return entries;
    }

    private ConfigurationEntry ReadEntry(List<ConfigurationEntry> before)
    {
        Scalar key = Expect<Scalar>("an option's name");
        if (before.Any(entry => entry.Key == key.Value))
        {
            throw Refusal(key, $"'{key.Value}' a second time", "each name once");
        }

        if (_parser.TryConsume<SequenceStart>(out var list))
        {
            RefuseDecoration(list);
            return new ConfigurationEntry(key.Value, key.Start.Line, ReadList(key.Value), []);
        }

        if (_parser.TryConsume<MappingStart>(out var mapping))
        {
            RefuseDecoration(mapping);
            return new ConfigurationEntry(key.Value, key.Start.Line, [], ReadPairs(key.Value));
        }

        return new ConfigurationEntry(key.Value, key.Start.Line, [ReadValue(key.Value)], []);
    }

    private List<string> ReadList(string key)
    {
        List<string> values = [];
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            values.Add(ReadValue(key));
        }

        return values;
    }

    private List<KeyValuePair<string, string>> ReadPairs(string key)
    {
        List<KeyValuePair<string, string>> pairs = [];
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            Scalar name = Expect<Scalar>("a name");
            pairs.Add(new(name.Value, ReadValue($"{key}.{name.Value}")));
        }

        return pairs;
    }

    private string ReadValue(string key)
    {
        Scalar value = Expect<Scalar>($"a single value for '{key}'");
        bool isNull = value.Style == ScalarStyle.Plain && value.Value is "" or "~" or "null";
        return isNull ? throw Refusal(value, $"no value for '{key}'", "a value (leave the key out for the default)") : value.Value;
    }

    private bool IsEmptyDocument()
    {
        bool isEmpty = _parser.Accept<Scalar>(out var scalar) && scalar is { Value: "", Style: ScalarStyle.Plain };
        if (isEmpty)
        {
            _parser.MoveNext();
        }

        return isEmpty;
    }

    private TEvent Expect<TEvent>(string expected)
        where TEvent : NodeEvent
    {
        if (!_parser.TryConsume<TEvent>(out var node))
        {
            ParsingEvent found = _parser.Current!;
            throw Refusal(found, Describe(found), expected);
        }

        RefuseDecoration(node);
        return node;
    }

    private void RefuseDecoration(NodeEvent node)
    {
        if (!node.Anchor.IsEmpty || !node.Tag.IsEmpty)
        {
            throw Refusal(node, node.Anchor.IsEmpty ? $"the tag '{node.Tag}'" : $"the anchor '{node.Anchor}'", "plain YAML without anchors, aliases and tags");
        }
    }

    private InputException Refusal(ParsingEvent where, string found, string expected) =>
        new($"{_path} line {where.Start.Line}: found {found}, expected {expected}.");

    private static string Describe(ParsingEvent found) => found switch
    {
        Scalar scalar => $"'{PlainText.Cut(scalar.Value)}'",
        MappingStart => "a mapping",
        SequenceStart => "a list",
        AnchorAlias => "an alias",
        _ => "the end",
    };

    private static string Reason(YamlException exception)
    {
        string message = exception.InnerException?.Message ?? exception.Message;
        return message.EndsWith('.') ? message : message + ".";
    }
}
