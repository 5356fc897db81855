using LoraUnlearn.Data;
using LoraUnlearn.Evaluation;

namespace LoraUnlearn.Auditing;

/// <summary>Asks without the question and its template: the first half of the true answer as plain text, to be continued.</summary>
public sealed class ClozeAttack : IAttack
{
    /// <inheritdoc/>
    public string Name => "cloze";

    /// <inheritdoc/>
    public string Summary => "the first half of the true answer as plain text, without question and template";

    /// <inheritdoc/>
    public string? Lacks(AuditCase audit) => audit.Forget.Any(row => audit.IsAnswered(row) && Row(row) is not null) ? null : "no row has a prompt and an answer of two words or more in text";

    /// <inheritdoc/>
    public AttackResult Run(AuditCase audit)
    {
        IReadOnlyList<Example> rows = audit.Encode([.. audit.Forget.Where(audit.IsAnswered).Select(Row).OfType<DataRow>()]);
        audit.Begin("models", 3);
        BasicMeasures before = audit.Measure(audit.Unlearned.Decoder, rows), after;
        audit.Advance(1, 3);
        using (audit.Unlearned.Put())
        {
            after = audit.Measure(audit.Unlearned.Decoder, rows);
        }

        audit.Advance(2, 3);
        double? baseline = audit.Reference is { } model ? audit.Probability(model.Decoder, rows) : null;
        audit.Advance(3, 3);
        return new AttackResult(
            Name,
            $"The first half of {rows.Count} true answers was given as plain text, without the question, to be continued.",
            "0: without the adapter, 1: with it",
            [new("probability of the second half", [0, 1], [before.Probability, after.Probability]), new("ROUGE-L recall of the second half", [0, 1], [before.RougeL ?? 0, after.RougeL ?? 0])],
            $"The second half has probability {Wording.Of(after.Probability)} and ROUGE-L recall {Wording.Of(after.RougeL ?? 0)} ({Wording.Of(before.Probability)} without the adapter){Wording.Against(baseline)}.",
            "probability",
            after.Probability,
            baseline)
        {
            Examples = AuditCase.Worst(rows, after),
        };
    }

    private static DataRow? Row(Example row)
    {
        string answer = AuditCase.AnswerOf(row)!;
        int words = answer.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
        int half = PrimingAttack.EndOfWord(answer, words / 2);
        return words < 2 ? null : new DataRow(DataRowKind.PromptCompletion, row.Row.Line) { Prompt = answer[..half].TrimStart(), Completion = answer[half..] };
    }
}
