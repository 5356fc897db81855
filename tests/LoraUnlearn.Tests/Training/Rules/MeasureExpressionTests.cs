using LoraUnlearn.Training.Rules;

namespace LoraUnlearn.Tests.Training.Rules;

public class MeasureExpressionTests
{
    private static readonly Dictionary<string, double> Measures = new() { ["forget.probability"] = 0.2, ["retain.probability"] = 0.9, ["forget.nll"] = double.NaN };

    [Theory]
    [InlineData("forget.probability < 0.3", true)]
    [InlineData("forget.probability<0.2", false)]
    [InlineData("forget.probability <= .2", true)]
    [InlineData("retain.probability > 0.8 and forget.probability > 0.5", false)]
    [InlineData("retain.probability > 0.8 or forget.probability > 0.5", true)]
    [InlineData("not forget.probability > 0.5", true)]
    [InlineData("not (forget.probability > 0.1) or retain.probability != 0.9", false)]
    [InlineData("1 < 2 or 1 < 2 and 2 < 1", true)] // and binds closer than or
    [InlineData("2 - 1 - 1 == 0", true)]
    [InlineData("8 / 4 / 2 == 1", true)]
    [InlineData("2 + 3 * 4 == 14", true)]
    [InlineData("-2 * -3 == 6", true)]
    [InlineData("--2 == 2", true)]
    [InlineData("1e-1 < 0.2", true)]
    [InlineData("1 / 0 > 1e300", true)]
    [InlineData("forget.nll < 5 or forget.nll >= 5", false)]
    public void ConditionsAreComputed(string text, bool expected) =>
        Assert.Equal(expected, MeasureExpression.Condition("--stop-when", text, [.. Measures.Keys]).IsTrue(Measures));

    [Fact]
    public void NumbersAreComputedAndMeasuresListed()
    {
        MeasureExpression expression = MeasureExpression.Number("--keep-best", "2 * (retain.probability - forget.probability) + retain.probability", [.. Measures.Keys]);
        Assert.Equal(2.3, expression.Value(Measures), 12);
        Assert.Equal(["retain.probability", "forget.probability"], expression.Names);
    }

    [Theory]
    [InlineData("forget.probability <", "at position 21 expected a number, a measure or '(', found the end")]
    [InlineData("", "at position 1 expected a number")]
    [InlineData("(1 < 2", "expected an operator or ')', found the end")]
    [InlineData("1 < 2)", "at position 6 expected an operator or the end, found ')'")]
    [InlineData("1 < 2 < 3", "at position 7 expected an operator or the end")]
    [InlineData("forget.probability = 1", "'=' at position 20 means nothing here")]
    [InlineData("forget.probabilty < 1", "Did you mean 'forget.probability'?")]
    [InlineData("system(1) < 1", "there is no measure 'system'")]
    [InlineData("1.2.3 < 1", "'1.2.3' at position 1 is not a number")]
    [InlineData("1 and 2 < 3", "'and' at position 3 goes with conditions, not with numbers")]
    [InlineData("(1 < 2) + 1 < 3", "'+' at position 9 goes with numbers, not with conditions")]
    [InlineData("not 1", "'not' at position 1 goes with conditions")]
    [InlineData("and < 1", "expected a number, a measure or '(', found 'and'")]
    [InlineData("1 + 1", "is a number; expected a condition")]
    public void WhatIsNoConditionIsRefused(string text, string expected)
    {
        InputException error = Assert.Throws<InputException>(() => MeasureExpression.Condition("--stop-when", text, [.. Measures.Keys]));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.StartsWith("--stop-when", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AConditionIsNoNumber() => Assert.Contains(
        "expected a number whose largest value is best",
        Assert.Throws<InputException>(() => MeasureExpression.Number("--keep-best", "1 < 2", [])).Message,
        StringComparison.Ordinal);

    [Fact]
    public void LengthAndDepthAreBounded()
    {
        string[] hostile = [new string('(', 500), new string('-', 900) + "1 < 2", string.Concat(Enumerable.Repeat("not ", 200)) + "1 < 2", new string('1', 5000)];
        Assert.All(hostile, text => Assert.Throws<InputException>(() => MeasureExpression.Condition("--stop-when", text, [])));
    }
}
