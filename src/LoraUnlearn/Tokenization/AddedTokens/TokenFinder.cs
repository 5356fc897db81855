using System.Buffers;

namespace LoraUnlearn.Tokenization.AddedTokens;

/// <summary>
/// Finds many strings in a text at once: of the matches that begin first the longest, and on from its end. An
/// Aho-Corasick automaton of the reversed strings, run from the end of the text, gives the longest string that begins
/// at each place; so the time is linear in the text, whatever the strings.
/// </summary>
internal sealed class TokenFinder
{
    private readonly Dictionary<(int State, char Unit), int> _next = [];
    private readonly List<int> _failure = [0];
    private readonly List<int> _match = [-1];
    private readonly string[] _patterns;
    private readonly SearchValues<char> _firstUnits;

    /// <param name="patterns">Strings, none empty and none twice.</param>
    public TokenFinder(IEnumerable<string> patterns)
    {
        _patterns = patterns.ToArray();
        _firstUnits = SearchValues.Create(_patterns.Select(pattern => pattern[0]).Distinct().ToArray());
        for (int i = 0; i < _patterns.Length; i++)
        {
            Insert(i);
        }

        LinkFailures();
    }

    /// <summary>The matches: where each begins, and which pattern it is.</summary>
    public List<(int Start, int Pattern)> Find(ReadOnlySpan<char> text)
    {
        List<(int Start, int Pattern)> found = [];
        if (_patterns.Length == 0 || !text.ContainsAny(_firstUnits))
        {
            return found;
        }

        // The longest match at each place where there is one, last place first.
        List<(int Start, int Pattern)> longest = [];
        int state = 0;
        for (int i = text.Length - 1; i >= 0; i--)
        {
            state = Step(state, text[i]);
            if (_match[state] >= 0)
            {
                longest.Add((i, _match[state]));
            }
        }

        int end = 0;
        for (int i = longest.Count - 1; i >= 0; i--)
        {
            (int start, int pattern) = longest[i];
            if (start >= end)
            {
                found.Add((start, pattern));
                end = start + _patterns[pattern].Length;
            }
        }

        return found;
    }

    private void Insert(int pattern)
    {
        int state = 0;
        for (int i = _patterns[pattern].Length - 1; i >= 0; i--)
        {
            if (!_next.TryGetValue((state, _patterns[pattern][i]), out int child))
            {
                child = _failure.Count;
                _failure.Add(0);
                _match.Add(-1);
                _next.Add((state, _patterns[pattern][i]), child);
            }

            state = child;
        }

        _match[state] = pattern;
    }

    /// <summary>Sets, breadth first, where each state falls back to, and the longest pattern that it has just completed.</summary>
    private void LinkFailures()
    {
        List<(int Parent, char Unit, int Child)>[] byDepth = EdgesByDepth();
        foreach (List<(int Parent, char Unit, int Child)> edges in byDepth)
        {
            foreach ((int parent, char unit, int child) in edges)
            {
                _failure[child] = parent == 0 ? 0 : Step(_failure[parent], unit);
                _match[child] = _match[child] >= 0 ? _match[child] : _match[_failure[child]];
            }
        }
    }

    private List<(int Parent, char Unit, int Child)>[] EdgesByDepth()
    {
        // A child is made after its parent, so depths can be filled in that order.
        int[] depths = new int[_failure.Count];
        List<(int Parent, char Unit, int Child)>[] byDepth =
            new List<(int, char, int)>[_patterns.Length == 0 ? 0 : _patterns.Max(pattern => pattern.Length)];
        foreach (((int parent, char unit), int child) in _next.OrderBy(edge => edge.Value))
        {
            depths[child] = depths[parent] + 1;
            (byDepth[depths[child] - 1] ??= []).Add((parent, unit, child));
        }

        return byDepth;
    }

    private int Step(int state, char unit)
    {
        int child;
        while (!_next.TryGetValue((state, unit), out child))
        {
            if (state == 0)
            {
                return 0;
            }

            state = _failure[state];
        }

        return child;
    }
}
