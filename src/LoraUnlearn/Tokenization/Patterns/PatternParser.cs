namespace LoraUnlearn.Tokenization.Patterns;

/// <summary>
/// Parses a regular expression in Oniguruma's syntax: what the pre-tokenisers of published models use, and the rest of
/// the common core. Captures, references and other rarities are refused with an error that names them.
/// </summary>
internal sealed class PatternParser
{
    private const int DeepestNesting = 100;

    private readonly PatternScanner _scanner;
    private bool _ignoreCase;
    private bool _dotMatchesNewline;
    private int _depth;

    private PatternParser(string pattern) => _scanner = new PatternScanner(pattern);

    /// <exception cref="PatternSyntaxException">It is malformed or not supported.</exception>
    public static PatternNode Parse(string pattern)
    {
        PatternParser parser = new(pattern);
        PatternNode node = parser.ParseAlternation();
        return parser._scanner.AtEnd ? node : throw parser._scanner.Error("there is a ')' too many");
    }

    private PatternNode ParseAlternation()
    {
        if (++_depth > DeepestNesting)
        {
            throw _scanner.Error("groups are nested too deeply");
        }

        (bool ignoreCase, bool dotMatchesNewline) = (_ignoreCase, _dotMatchesNewline);
        List<PatternNode> choices = [ParseSequence()];
        while (_scanner.Take("|"))
        {
            choices.Add(ParseSequence());
        }

        (_ignoreCase, _dotMatchesNewline) = (ignoreCase, dotMatchesNewline);
        _depth--;
        return choices.Count == 1 ? choices[0] : new PatternNode.Alternation(choices);
    }

    private PatternNode ParseSequence()
    {
        List<PatternNode> parts = [];
        int previousLiteral = -1;
        while (!_scanner.AtEnd && _scanner.Next is not ('|' or ')'))
        {
            if (_scanner.Sees("(?") && TryTakeOptions(out PatternNode? scoped))
            {
                previousLiteral = -1;
                if (scoped is not null)
                {
                    parts.Add(ParseQuantifiers(scoped));
                }

                continue;
            }

            PatternNode atom = ParseAtom(out int literal);
            if (_ignoreCase && literal >= 0 && previousLiteral >= 0)
            {
                CaseFolding.CheckPair(_scanner, previousLiteral, literal);
            }

            previousLiteral = literal;
            parts.Add(ParseQuantifiers(atom));
        }

        return parts.Count == 1 ? parts[0] : new PatternNode.Sequence(parts);
    }

    private PatternNode ParseAtom(out int literal)
    {
        literal = -1;
        if (_scanner.Take("("))
        {
            return ParseGroup();
        }

        if (_scanner.Take("["))
        {
            return new PatternNode.Set(PatternClassParser.Parse(_scanner, _ignoreCase));
        }

        if (_scanner.Take("."))
        {
            bool all = _dotMatchesNewline;
            return new PatternNode.Set(new CodePointSet(all ? [] : [('\n', '\n')], 0, [], complemented: true));
        }

        if (_scanner.Take("^"))
        {
            return new PatternNode.Place(Anchor.LineStart);
        }

        if (_scanner.Take("$"))
        {
            return new PatternNode.Place(Anchor.LineEnd);
        }

        CodePointSetBuilder members = new();
        if (PatternClassParser.TryTakeClassEscape(_scanner, members, bracketed: false))
        {
            return new PatternNode.Set(members.Build(complemented: false));
        }

        bool escaped = _scanner.Take("\\");
        if (escaped && TryTakeAnchor() is { } anchor)
        {
            return new PatternNode.Place(anchor);
        }

        if (!escaped && _scanner.Next is '*' or '+' or '?')
        {
            throw _scanner.Error("there is nothing to repeat");
        }

        literal = escaped ? _scanner.TakeEscapedCodePoint() : _scanner.TakeCodePoint();
        return new PatternNode.Set(_ignoreCase ? CaseFolding.Forms(_scanner, literal) : CodePointSet.Of(literal));
    }

    private Anchor? TryTakeAnchor()
    {
        Anchor? anchor = _scanner.Next switch
        {
            'A' => Anchor.TextStart,
            'z' => Anchor.TextEnd,
            'Z' => Anchor.TextEndOrLastNewline,
            'b' => Anchor.WordBoundary,
            'B' => Anchor.NoWordBoundary,
            _ => null,
        };
        if (anchor is not null)
        {
            _scanner.TakeCodePoint();
        }

        return anchor;
    }

    private PatternNode ParseGroup()
    {
        PatternNode node;
        if (_scanner.Take("?="))
        {
            node = new PatternNode.Look(ParseAlternation(), Behind: false, Negative: false);
        }
        else if (_scanner.Take("?!"))
        {
            node = new PatternNode.Look(ParseAlternation(), Behind: false, Negative: true);
        }
        else if (_scanner.Take("?<="))
        {
            node = new PatternNode.Look(ParseAlternation(), Behind: true, Negative: false);
        }
        else if (_scanner.Take("?<!"))
        {
            node = new PatternNode.Look(ParseAlternation(), Behind: true, Negative: true);
        }
        else if (_scanner.Take("?>"))
        {
            node = new PatternNode.Atomic(ParseAlternation());
        }
        else if (_scanner.Take("?:") || !_scanner.Sees("?"))
        {
            node = ParseAlternation();
        }
        else
        {
            throw _scanner.Error("this kind of group is not supported");
        }

        return _scanner.Take(")") ? node : throw _scanner.Error("a group has no ')'");
    }

    /// <summary>Reads (?i), (?m) and the like: for a group of its own, or for the rest of the enclosing one.</summary>
    private bool TryTakeOptions(out PatternNode? scoped)
    {
        scoped = null;
        int position = _scanner.Position;
        (bool ignoreCase, bool dotMatchesNewline) = (_ignoreCase, _dotMatchesNewline);
        _scanner.Take("(?");
        bool on = true;
        bool any = false;
        for (; _scanner.Next is 'i' or 'm' or '-'; any = true)
        {
            char option = (char)_scanner.TakeCodePoint();
            on = option != '-' && on;
            _ignoreCase = option == 'i' ? on : _ignoreCase;
            _dotMatchesNewline = option == 'm' ? on : _dotMatchesNewline;
        }

        if (any && _scanner.Take(":"))
        {
            scoped = ParseAlternation();
            (_ignoreCase, _dotMatchesNewline) = (ignoreCase, dotMatchesNewline);
            return _scanner.Take(")") ? true : throw _scanner.Error("a group has no ')'");
        }

        if (any && _scanner.Take(")"))
        {
            // In force to the end of the enclosing group, its further alternatives included.
            scoped = ParseAlternation();
            (_ignoreCase, _dotMatchesNewline) = (ignoreCase, dotMatchesNewline);
            return true;
        }

        (_ignoreCase, _dotMatchesNewline) = (ignoreCase, dotMatchesNewline);
        _scanner.Return(position);
        return false;
    }

    private PatternNode ParseQuantifiers(PatternNode node)
    {
        while (TryTakeBounds(out int least, out int? most, out bool isInterval))
        {
            // A '+' after an interval is a repetition of its own.
            Greed greed = _scanner.Take("?") ? Greed.Lazy
                : !isInterval && _scanner.Take("+") ? Greed.Possessive
                : Greed.Greedy;
            if (isInterval && greed == Greed.Lazy && least == most)
            {
                throw _scanner.Error("'{n}?' is not supported");
            }

            if (most is null && node.MinLength == 0)
            {
                throw _scanner.Error("an endless repetition of something that can be empty is not supported");
            }

            node = new PatternNode.Repeat(node, least, most, greed);
        }

        return node;
    }

    private bool TryTakeBounds(out int least, out int? most, out bool isInterval)
    {
        isInterval = false;
        (least, most) = (0, null);
        if (_scanner.Take("*"))
        {
            return true;
        }

        if (_scanner.Take("+"))
        {
            least = 1;
            return true;
        }

        if (_scanner.Take("?"))
        {
            most = 1;
            return true;
        }

        int position = _scanner.Position;
        if (_scanner.Take("{"))
        {
            int? from = _scanner.TakeNumber();
            bool comma = _scanner.Take(",");
            int? to = comma ? _scanner.TakeNumber() : from;
            if (_scanner.Take("}") && (from is not null || to is not null))
            {
                (least, most, isInterval) = (from ?? 0, to, true);
                return most is null || least <= most ? true : throw _scanner.Error("an interval runs backwards");
            }

            // Not an interval: the brace stands for itself.
            _scanner.Return(position);
        }

        return false;
    }
}
