namespace LoraUnlearn.Training.Rules;

/// <summary>When a run ends early, and which of its adapters is the best: two expressions over measures.</summary>
public sealed class TrainingRules
{
    private TrainingRules(MeasureExpression? stopWhen, MeasureExpression? keepBest)
    {
        StopWhen = stopWhen;
        KeepBest = keepBest;
        Names = [.. new[] { stopWhen, keepBest }.SelectMany(rule => rule?.Names ?? []).Distinct()];
    }

    /// <summary>Ends the run when true; null for never.</summary>
    public MeasureExpression? StopWhen { get; }

    /// <summary>Largest for the best adapter; null: the last is taken.</summary>
    public MeasureExpression? KeepBest { get; }

    /// <summary>The measures that the rules name, each once: what an evaluation must take.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Whether there is any rule, so that the run must be evaluated as it goes.</summary>
    public bool Any => StopWhen is not null || KeepBest is not null;

    /// <summary>Reads the rules of a request against the measures that its <see cref="UnlearningRequest.Measures"/> can take.</summary>
    /// <param name="request">Whose rules, and whether it has a retain set.</param>
    /// <exception cref="InputException">A rule is not an expression of the right kind, or names an unknown measure.</exception>
    public static TrainingRules Read(UnlearningRequest request)
    {
        IReadOnlyList<string> known = request.Measures.Names(request.Retain is not null);
        return new TrainingRules(
            request.StopWhen is null ? null : MeasureExpression.Condition("--stop-when", request.StopWhen, known),
            request.KeepBest is null ? null : MeasureExpression.Number("--keep-best", request.KeepBest, known));
    }
}
