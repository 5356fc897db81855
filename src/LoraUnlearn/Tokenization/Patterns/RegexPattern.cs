using LoraUnlearn.Tokenization.Unicode;

namespace LoraUnlearn.Tokenization.Patterns;

/// <summary>Matches a regular expression of Oniguruma's syntax over code points.</summary>
internal sealed class RegexPattern : TextPattern
{
    private const long StepsPerUnit = 500;
    private const long StepsAtLeast = 5_000_000;

    private readonly string _expression;
    private readonly string _origin;
    private readonly PatternInstruction[] _program;

    /// <param name="expression">The expression.</param>
    /// <param name="origin">Where it comes from, for the message when it takes too many steps.</param>
    /// <exception cref="PatternSyntaxException">It is malformed or not supported.</exception>
    public RegexPattern(string expression, string origin)
    {
        _expression = expression;
        _origin = origin;
        _program = PatternCompiler.Compile(PatternParser.Parse(expression));
    }

    /// <inheritdoc/>
    /// <exception cref="InputException">The expression backtracks without reasonable end on this text.</exception>
    public override void FindMatches(ReadOnlySpan<char> text, List<(int Start, int End)> matches) => Find(text, matches, null);

    /// <inheritdoc/>
    /// <exception cref="InputException">The expression backtracks without reasonable end on this text.</exception>
    public override void FindMatches(ReadOnlySpan<char> text, List<(int Start, int End)> matches, Action full) => Find(text, matches, full);

    private void Find(ReadOnlySpan<char> text, List<(int Start, int End)> matches, Action? full)
    {
        PatternMatcher matcher = new(_program, text, StepsAtLeast + (StepsPerUnit * text.Length));
        try
        {
            int lastEnd = -1;
            for (int start = 0; start <= text.Length;)
            {
                int end = matcher.MatchAt(start);

                // An empty match right after the last match does not count.
                if (end < 0 || (end == start && end == lastEnd))
                {
                    start += start < text.Length ? CodePoints.FirstUnits(text[start..]) : 1;
                    continue;
                }

                matches.Add((start, end));
                start = end;
                lastEnd = end;
                if (matches.Count >= Batch)
                {
                    full?.Invoke();
                }
            }
        }
        catch (PatternStepsException e)
        {
            throw new InputException(
                $"{_origin}: the regular expression '{_expression}' takes too many steps on a text of {text.Length} characters; "
                + "its repetitions probably overlap. Simplify it.", e);
        }
        finally
        {
            matcher.Dispose();
        }
    }
}

/// <summary>A regular expression backtracks more than its text can justify.</summary>
internal sealed class PatternStepsException : Exception
{
    public PatternStepsException()
        : base("The regular expression takes too many steps.")
    {
    }
}

/// <summary>A regular expression is malformed, or uses something that is not supported here.</summary>
internal sealed class PatternSyntaxException(string message) : Exception(message);
