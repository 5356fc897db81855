using System.Text.RegularExpressions;
using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Adapters;

/// <summary>
/// PEFT's <c>rank_pattern</c> or <c>alpha_pattern</c>: regular expressions of module names, or of their endings at a dot, each
/// with a value. The first that matches counts.
/// </summary>
internal sealed class PeftPattern<T>
{
    private readonly List<(Regex Expression, T Value)> _entries = [];

    /// <summary>Reads a pattern; empty where the key is absent.</summary>
    /// <exception cref="InputException">It is no object, a value is wrong, or a key is no expression that can be matched safely.</exception>
    public static PeftPattern<T> Read(ModelConfig json, string key, Func<ModelConfig, string, T> value)
    {
        PeftPattern<T> pattern = new();
        if (json.GetObject(key) is { } entries)
        {
            foreach (string name in entries.Keys)
            {
                pattern._entries.Add((Compile(json, key, name), value(entries, name)));
            }
        }

        return pattern;
    }

    /// <summary>The value for a module, or the standard one.</summary>
    public T Find(string module, T standard)
    {
        foreach ((Regex expression, T value) in _entries)
        {
            if (expression.IsMatch(module))
            {
                return value;
            }
        }

        return standard;
    }

    /// <summary>Linear-time matching only: the expression comes from a file.</summary>
    private static Regex Compile(ModelConfig json, string key, string name)
    {
        try
        {
            return new Regex($@"\A(.*\.)?({name})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            throw new InputException(
                $"{json.Source}: {key}: found the key '{BoundedJson.Shorten(name)}', expected a module name or a regular expression without look-around or back-references.", error);
        }
    }
}
