using LoraUnlearn.Data;
using LoraUnlearn.Evaluation;

namespace LoraUnlearn.Auditing;

/// <summary>Asks for the same answers with other questions, from a file or from the rows' own <c>paraphrased_question</c>.</summary>
public sealed class ParaphraseAttack : IAttack
{
    private const string Key = "paraphrased_question";

    /// <inheritdoc/>
    public string Name => "paraphrase";

    /// <inheritdoc/>
    public string Summary => "the questions in other words";

    /// <inheritdoc/>
    public string? Lacks(AuditCase audit) =>
        audit.Paraphrased is not null || (audit.Tokenizer is not null && audit.Forget.Any(HasOwn)) ? null : $"there is no --paraphrased file, and no row has a {Key}";

    /// <inheritdoc/>
    public AttackResult Run(AuditCase audit)
    {
        IReadOnlyList<Example> rows = audit.Paraphrased ?? audit.Encode([.. audit.Forget.Where(HasOwn).Select(row => row.Row with { Question = row.Row.Extra(Key)[0] })]);
        audit.Begin("questions", 3);
        BasicMeasures asked, other;
        using (audit.Unlearned.Put())
        {
            asked = audit.Measure(audit.Unlearned.Decoder, audit.Forget);
            audit.Advance(1, 3);
            other = audit.Measure(audit.Unlearned.Decoder, rows);
        }

        audit.Advance(2, 3);
        BasicMeasures? reference = audit.Reference is { } model ? audit.Measure(model.Decoder, rows) : null;
        audit.Advance(3, 3);
        List<AuditCurve> curves = [new("probability", [0, 1], [asked.Probability, other.Probability])];
        if (asked.RougeL is { } before && other.RougeL is { } after)
        {
            curves.Add(new AuditCurve("ROUGE-L recall", [0, 1], [before, after]));
        }

        string said = other.RougeL is { } recall ? $" and the generated ones a ROUGE-L recall of {Wording.Of(recall)}" : "";
        return new AttackResult(
            Name,
            $"{rows.Count} questions were asked in other words.",
            "0: as trained, 1: in other words",
            curves,
            $"The true answers have probability {Wording.Of(other.Probability)} ({Wording.Of(asked.Probability)} for the questions as trained){said}{Wording.Against(reference?.Probability)}.",
            "probability",
            other.Probability,
            reference?.Probability)
        {
            Examples = AuditCase.Worst(rows, other),
        };
    }

    private static bool HasOwn(Example row) => row.Row.Kind == DataRowKind.QuestionAnswer && row.Row.Extra(Key) is [{ Length: > 0 }, ..];
}
