using System.Diagnostics;
using System.Text.RegularExpressions;
using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Adapters;

/// <summary>
/// A regular expression in an <c>adapter_config.json</c>, matched against whole names as Python's <c>re.fullmatch</c> does. It comes
/// from a file that may be forged: matched in linear time where it can be, and with look-around or back-references for a bounded time.
/// </summary>
internal sealed class PeftExpression
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2); // for all names together

    private readonly Regex _regex;
    private readonly Stopwatch _spent = new();
    private readonly string _where;

    private PeftExpression(Regex regex, string where)
    {
        (_regex, _where) = (regex, where);
    }

    /// <summary>Reads an expression.</summary>
    /// <param name="json">The configuration, for messages.</param>
    /// <param name="key">The key that it stands under.</param>
    /// <param name="expression">The expression, in Python's spelling.</param>
    /// <param name="before">What may stand before it, in .NET's spelling.</param>
    /// <exception cref="InputException">It is no expression.</exception>
    public static PeftExpression Compile(ModelConfig json, string key, string expression, string before = "")
    {
        string where = $"{json.Source}: '{key}': found '{BoundedJson.Shorten(expression)}'";
        string whole = $@"\A{before}(?:{expression.Replace("(?P<", "(?<", StringComparison.Ordinal)})\z";
        try
        {
            return new PeftExpression(Linear(whole) ?? new Regex(whole, RegexOptions.CultureInvariant, Patience), where);
        }
        catch (ArgumentException error)
        {
            throw new InputException($"{where}, expected a module name or a regular expression.", error);
        }
    }

    /// <summary>Matches a whole name.</summary>
    /// <exception cref="InputException">It takes too long.</exception>
    public Match Match(string name)
    {
        _spent.Start();
        try
        {
            Match match = _regex.Match(name);
            return _spent.Elapsed <= Patience ? match : throw new RegexMatchTimeoutException();
        }
        catch (RegexMatchTimeoutException error)
        {
            throw new InputException($"{_where}, which takes too long to match; write it without nested repetitions, or as a list of names.", error);
        }
        finally
        {
            _spent.Stop();
        }
    }

    private static Regex? Linear(string expression)
    {
        try
        {
            return new Regex(expression, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (NotSupportedException)
        {
            return null; // look-around, back-references, or very many states
        }
    }
}

/// <summary>
/// PEFT's <c>rank_pattern</c> or <c>alpha_pattern</c>: regular expressions of module names, or of their endings at a dot, each
/// with a value. The first that matches counts.
/// </summary>
internal sealed class PeftPattern<T>
{
    private readonly List<(PeftExpression Expression, T Value)> _entries = [];

    /// <summary>Reads a pattern; empty where the key is absent.</summary>
    /// <exception cref="InputException">It is no object, a value is wrong, or a key is no expression.</exception>
    public static PeftPattern<T> Read(ModelConfig json, string key, Func<ModelConfig, string, T> value)
    {
        PeftPattern<T> pattern = new();
        if (json.GetObject(key) is { } entries)
        {
            foreach (string name in entries.Keys)
            {
                pattern._entries.Add((PeftExpression.Compile(json, key, name, @"(?:.*\.)?"), value(entries, name)));
            }
        }

        return pattern;
    }

    /// <summary>The value for a module, or the standard one.</summary>
    public T Find(string module, T standard)
    {
        foreach ((PeftExpression expression, T value) in _entries)
        {
            if (expression.Match(module).Success)
            {
                return value;
            }
        }

        return standard;
    }
}
