namespace LoraUnlearn.Training.Rules;

/// <summary>
/// An expression over measures, such as <c>forget.probability &lt; 0.1 and retain.probability &gt; 0.8</c>. Grammar, loosest
/// first: <c>or</c>; <c>and</c>; <c>not</c>; one of &lt; &lt;= &gt; &gt;= == !=; + −; * /; − before a number; numbers, names,
/// parentheses. It can only compute: there is nothing in it that reads, writes or loops.
/// </summary>
public sealed class MeasureExpression
{
    private readonly ExpressionNode _root;

    private MeasureExpression(string text, ExpressionNode root, IReadOnlyList<string> names)
    {
        Text = text;
        _root = root;
        Names = names;
    }

    /// <summary>The expression as it was written.</summary>
    public string Text { get; }

    /// <summary>The measures it names, each once, in the order of the text.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Reads an expression that is true or false.</summary>
    /// <param name="option">Where it stands, for messages, for example <c>--stop-when</c>.</param>
    /// <param name="text">The expression.</param>
    /// <param name="known">The measures there are.</param>
    /// <exception cref="InputException">It is no expression, names no known measure, or gives a number.</exception>
    public static MeasureExpression Condition(string option, string text, IReadOnlyList<string> known) =>
        Read(option, text, known, isCondition: true);

    /// <summary>Reads an expression that is a number.</summary>
    /// <param name="option">Where it stands, for messages, for example <c>--keep-best</c>.</param>
    /// <param name="text">The expression.</param>
    /// <param name="known">The measures there are.</param>
    /// <exception cref="InputException">It is no expression, names no known measure, or gives true or false.</exception>
    public static MeasureExpression Number(string option, string text, IReadOnlyList<string> known) =>
        Read(option, text, known, isCondition: false);

    /// <summary>The value of a number; 1 or 0 for a condition.</summary>
    /// <param name="measures">A value for each of <see cref="Names"/>.</param>
    public double Value(IReadOnlyDictionary<string, double> measures) => _root.Value(measures);

    /// <summary>Whether a condition holds; of a number, whether it is not 0.</summary>
    /// <param name="measures">A value for each of <see cref="Names"/>.</param>
    public bool IsTrue(IReadOnlyDictionary<string, double> measures) => _root.Value(measures) != 0;

    private static MeasureExpression Read(string option, string text, IReadOnlyList<string> known, bool isCondition)
    {
        ExpressionParser parser = new(option, text, known);
        ExpressionNode root = parser.Parse();
        if (root.IsCondition != isCondition)
        {
            throw new InputException(isCondition
                ? $"{option} '{text}' is a number; expected a condition, for example 'forget.probability < 0.1'."
                : $"{option} '{text}' is a condition; expected a number whose largest value is best, for example 'retain.probability - forget.probability'.");
        }

        return new MeasureExpression(text, root, parser.Names);
    }
}

/// <summary>A part of an expression with the type that it was found to have.</summary>
/// <param name="IsCondition">Whether it is true or false (1 or 0) rather than a number.</param>
/// <param name="Value">Computes it.</param>
internal sealed record ExpressionNode(bool IsCondition, Func<IReadOnlyDictionary<string, double>, double> Value);
