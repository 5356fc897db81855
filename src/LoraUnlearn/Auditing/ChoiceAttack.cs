using LoraUnlearn.Data;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Models;

namespace LoraUnlearn.Auditing;

/// <summary>
/// Multiple choice by likelihood: is the true answer the likeliest a token among the wrong ones that the row gives (TOFU's
/// <c>perturbed_answer</c>)? Once with the answer as trained, once with its <c>paraphrased_answer</c>.
/// </summary>
public sealed class ChoiceAttack : IAttack
{
    private const string Wrong = "perturbed_answer";
    private const string OtherWords = "paraphrased_answer";

    /// <inheritdoc/>
    public string Name => "choice";

    /// <inheritdoc/>
    public string Summary => $"multiple choice by likelihood among the rows' {Wrong}";

    /// <inheritdoc/>
    public string? Lacks(AuditCase audit) => audit.Tokenizer is not null && audit.Forget.Any(HasChoices) ? null : $"no row has wrong answers ({Wrong})";

    /// <inheritdoc/>
    public AttackResult Run(AuditCase audit)
    {
        DataRow[] rows = [.. audit.Forget.Where(HasChoices).Select(row => row.Row)];
        double chance = rows.Average(row => 1.0 / (1 + Choices(row).Count()));
        audit.Begin("models", 3);
        (double Asked, double Other) before = Accuracies(audit, audit.Unlearned.Decoder, rows), after;
        audit.Advance(1, 3);
        using (audit.Unlearned.Put())
        {
            after = Accuracies(audit, audit.Unlearned.Decoder, rows);
        }

        audit.Advance(2, 3);
        (double Asked, double Other)? reference = audit.Reference is { } model ? Accuracies(audit, model.Decoder, rows) : null;
        audit.Advance(3, 3);
        List<AuditCurve> curves = [new("unlearned", [0, 1], [after.Asked, after.Other]), new("base", [0, 1], [before.Asked, before.Other])];
        if (reference is { } gold)
        {
            curves.Add(new AuditCurve("retain-only", [0, 1], [gold.Asked, gold.Other]));
        }

        double most = Math.Max(after.Asked, after.Other);
        double? baseline = reference is { } its ? Math.Max(its.Asked, its.Other) : null;
        return new AttackResult(
            Name,
            $"{rows.Length} questions were made multiple choice: the true answer among the given wrong ones, chosen by likelihood.",
            "true answer 0: as trained, 1: in other words",
            curves,
            $"The true answer is chosen in {Wording.Of(after.Asked)} of the questions as trained and {Wording.Of(after.Other)} in other words ({Wording.Of(before.Asked)} and {Wording.Of(before.Other)} without the adapter; {Wording.Of(chance)} by chance){Wording.Against(baseline)}.",
            "accuracy",
            most,
            baseline);
    }

    // A tie is not a choice: the true answer must be likelier than every wrong one.
    private static (double Asked, double Other) Accuracies(AuditCase audit, Decoder decoder, DataRow[] rows)
    {
        List<DataRow> texts = [];
        List<int> starts = [];
        foreach (DataRow row in rows)
        {
            starts.Add(texts.Count);
            string other = row.Extra(OtherWords) is [{ Length: > 0 } text, ..] ? text : row.Answer!;
            texts.AddRange(new[] { row.Answer!, other }.Concat(Choices(row)).Select(answer => row with { Answer = answer, Alternate = null }));
        }

        starts.Add(texts.Count);
        IReadOnlyList<SequenceScore> scores = Likelihood.Score(decoder, [.. audit.Encode(texts).Select(row => row.Sequence)], audit.Options.TokensPerBatch, cancellation: audit.Cancellation);
        double Share(int place) => Enumerable.Range(0, rows.Length).Average(row =>
            Enumerable.Range(starts[row] + 2, starts[row + 1] - starts[row] - 2).All(wrong => scores[starts[row] + place].Probability > scores[wrong].Probability) ? 1.0 : 0);
        return (Share(0), Share(1));
    }

    private static IEnumerable<string> Choices(DataRow row) => row.Extra(Wrong).Where(text => text.Length > 0);

    private static bool HasChoices(Example row) => row.Row.Kind == DataRowKind.QuestionAnswer && Choices(row.Row).Any();
}
