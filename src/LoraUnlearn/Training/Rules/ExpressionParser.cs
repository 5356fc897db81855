using LoraUnlearn.Data;

namespace LoraUnlearn.Training.Rules;

/// <summary>Reads an expression by recursive descent, one method a level of the grammar; depth and length are bounded.</summary>
internal sealed class ExpressionParser
{
    private const int LongestText = 1000;
    private const int DeepestNesting = 50;

    private readonly IReadOnlyList<string> _known;
    private readonly List<string> _names = [];
    private readonly string _option;
    private readonly string _text;
    private readonly IReadOnlyList<ExpressionToken> _tokens;
    private int _depth;
    private int _next;

    public ExpressionParser(string option, string text, IReadOnlyList<string> known)
    {
        if (text.Length > LongestText)
        {
            throw new InputException($"{option} is an expression of {text.Length} characters; expected at most {LongestText}.");
        }

        (_option, _text, _known) = (option, text, known);
        _tokens = ExpressionTokens.Split(option, text);
    }

    /// <summary>The measures that were named, each once, as far as the text has been read.</summary>
    public IReadOnlyList<string> Names => _names;

    private ExpressionToken Current => _tokens[_next];

    public ExpressionNode Parse()
    {
        ExpressionNode root = Or();
        return Current.Kind == TokenKind.End ? root : throw Wrong("an operator or the end");
    }

    private ExpressionNode Or()
    {
        ExpressionNode left = And();
        while (Take("or") is { } word)
        {
            ExpressionNode first = Condition(left, word), second = Condition(And(), word);
            left = new ExpressionNode(true, measures => first.Value(measures) != 0 || second.Value(measures) != 0 ? 1 : 0);
        }

        return left;
    }

    private ExpressionNode And()
    {
        ExpressionNode left = Not();
        while (Take("and") is { } word)
        {
            ExpressionNode first = Condition(left, word), second = Condition(Not(), word);
            left = new ExpressionNode(true, measures => first.Value(measures) != 0 && second.Value(measures) != 0 ? 1 : 0);
        }

        return left;
    }

    private ExpressionNode Not()
    {
        if (Take("not") is not { } word)
        {
            return Comparison();
        }

        ExpressionNode inner = Condition(Deeper(Not), word);
        return new ExpressionNode(true, measures => inner.Value(measures) == 0 ? 1 : 0);
    }

    private ExpressionNode Comparison()
    {
        ExpressionNode left = Sum();
        if (Take("<", "<=", ">", ">=", "==", "!=") is not { } sign)
        {
            return left;
        }

        ExpressionNode first = Number(left, sign), second = Number(Sum(), sign);
        Func<double, double, bool> compare = sign.Text switch
        {
            "<" => (a, b) => a < b,
            "<=" => (a, b) => a <= b,
            ">" => (a, b) => a > b,
            ">=" => (a, b) => a >= b,
            "==" => (a, b) => a == b,
            _ => (a, b) => a != b,
        };
        return new ExpressionNode(true, measures => compare(first.Value(measures), second.Value(measures)) ? 1 : 0);
    }

    private ExpressionNode Sum()
    {
        ExpressionNode left = Product();
        while (Take("+", "-") is { } sign)
        {
            ExpressionNode first = Number(left, sign), second = Number(Product(), sign);
            left = sign.Text == "+"
                ? new ExpressionNode(false, measures => first.Value(measures) + second.Value(measures))
                : new ExpressionNode(false, measures => first.Value(measures) - second.Value(measures));
        }

        return left;
    }

    private ExpressionNode Product()
    {
        ExpressionNode left = Signed();
        while (Take("*", "/") is { } sign)
        {
            ExpressionNode first = Number(left, sign), second = Number(Signed(), sign);
            left = sign.Text == "*"
                ? new ExpressionNode(false, measures => first.Value(measures) * second.Value(measures))
                : new ExpressionNode(false, measures => first.Value(measures) / second.Value(measures));
        }

        return left;
    }

    private ExpressionNode Signed()
    {
        if (Take("-") is not { } sign)
        {
            return Operand();
        }

        ExpressionNode inner = Number(Deeper(Signed), sign);
        return new ExpressionNode(false, measures => -inner.Value(measures));
    }

    private ExpressionNode Operand()
    {
        ExpressionToken token = Current;
        if (token.Kind == TokenKind.Number)
        {
            _next++;
            return new ExpressionNode(false, _ => token.Number);
        }

        if (token.Kind == TokenKind.Name && token.Text is not ("and" or "or" or "not"))
        {
            _next++;
            return Measure(token.Text);
        }

        if (Take("(") is null)
        {
            throw Wrong("a number, a measure or '('");
        }

        ExpressionNode inner = Deeper(Or);
        return Take(")") is null ? throw Wrong("an operator or ')'") : inner;
    }

    private ExpressionNode Measure(string name)
    {
        if (!_known.Contains(name))
        {
            throw new InputException($"{_option} '{_text}': there is no measure '{name}'; known: {string.Join(", ", _known)}.{NearestName.Suggestion(name, _known)}");
        }

        if (!_names.Contains(name))
        {
            _names.Add(name);
        }

        return new ExpressionNode(false, measures => measures[name]);
    }

    private ExpressionNode Deeper(Func<ExpressionNode> read)
    {
        if (++_depth > DeepestNesting)
        {
            throw new InputException($"{_option} '{_text}': nested deeper than {DeepestNesting} levels at position {Current.Position}.");
        }

        ExpressionNode node = read();
        _depth--;
        return node;
    }

    private ExpressionToken? Take(params string[] texts)
    {
        ExpressionToken token = Current;
        if (token.Kind is TokenKind.Number or TokenKind.End || !texts.Contains(token.Text))
        {
            return null;
        }

        _next++;
        return token;
    }

    private ExpressionNode Condition(ExpressionNode node, ExpressionToken by) =>
        node.IsCondition ? node : throw Mismatch(by, "conditions", "numbers");

    private ExpressionNode Number(ExpressionNode node, ExpressionToken by) =>
        node.IsCondition ? throw Mismatch(by, "numbers", "conditions") : node;

    private InputException Mismatch(ExpressionToken by, string wanted, string found) =>
        new($"{_option} '{_text}': '{by.Text}' at position {by.Position} goes with {wanted}, not with {found}.");

    private InputException Wrong(string expected) => new(
        $"{_option} '{_text}': at position {Current.Position} expected {expected}, found {(Current.Kind == TokenKind.End ? "the end" : $"'{Current.Text}'")}.");
}
