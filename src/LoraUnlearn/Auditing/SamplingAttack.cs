using LoraUnlearn.Data;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Models;

namespace LoraUnlearn.Auditing;

/// <summary>Asks each question again and again at temperature 1 and keeps the best of the answers.</summary>
public sealed class SamplingAttack : IAttack
{
    private const int FewestNewTokens = 8;

    /// <inheritdoc/>
    public string Name => "sample";

    /// <inheritdoc/>
    public string Summary => "the best of n answers sampled at temperature 1";

    /// <inheritdoc/>
    public string? Lacks(AuditCase audit) => audit.Forget.Any(audit.IsAnswered) ? null : "no row has a prompt and an answer in text";

    /// <inheritdoc/>
    public AttackResult Run(AuditCase audit)
    {
        Example[] rows = [.. audit.Forget.Where(audit.IsAnswered)];
        (double[] Recalls, (string Text, double Recall)[] Best) unlearned;
        using (audit.Unlearned.Put())
        {
            unlearned = BestOf(audit, audit.Unlearned.Decoder, rows, "samples");
        }

        double[]? reference = audit.Reference is { } model ? BestOf(audit, model.Decoder, rows, "samples, retain-only").Recalls : null;
        double[] counts = [.. Enumerable.Range(1, audit.Options.Samples).Select(count => (double)count)];
        List<AuditCurve> curves = [new("unlearned", counts, unlearned.Recalls)];
        if (reference is not null)
        {
            curves.Add(new AuditCurve("retain-only", counts, reference));
        }

        double? baseline = reference?[^1];
        return new AttackResult(
            Name,
            $"Each question was answered {audit.Options.Samples} times at temperature 1, and the answer closest to the truth was kept.",
            "samples",
            curves,
            $"The best of {audit.Options.Samples} answers has a ROUGE-L recall of {Wording.Of(unlearned.Recalls[^1])} ({Wording.Of(unlearned.Recalls[0])} with one){Wording.Against(baseline)}.",
            "ROUGE-L recall",
            unlearned.Recalls[^1],
            baseline)
        {
            Examples = AuditCase.Worst(rows.Zip(unlearned.Best, (row, best) => (row, (string?)best.Text, (double?)best.Recall))),
        };
    }

    // A sample of every row at a time: of the others only the best is kept.
    private static (double[] Recalls, (string Text, double Recall)[] Best) BestOf(AuditCase audit, Decoder decoder, Example[] rows, string stage)
    {
        int[][] prompts = [.. rows.Select(row => row.Sequence.InputIds[..row.PromptLength!.Value])];
        int[] limits = [.. rows.Select(row => Math.Max(FewestNewTokens, (row.Sequence.LabelledCount * 3 / 2) + 1))];
        (string Text, double Recall)[] best = [.. rows.Select(_ => ("", -1.0))];
        double[] recalls = new double[audit.Options.Samples];
        audit.Begin(stage, recalls.Length);
        for (int sample = 0; sample < recalls.Length; sample++)
        {
            GenerationOptions options = new() { Temperature = 1, Seed = unchecked(audit.Options.Seed + (sample * 0x9E3779B9L)), EndOfSequenceIds = audit.Ends };
            IReadOnlyList<int[]> answers = Generation.Generate(decoder, prompts, limits, options, cancellation: audit.Cancellation);
            for (int row = 0; row < rows.Length; row++)
            {
                string text = audit.Tokenizer!.Decode(answers[row], skipSpecialTokens: true);
                double recall = Rouge.L(AuditCase.AnswerOf(rows[row])!, text).Recall;
                best[row] = recall > best[row].Recall ? (text, recall) : best[row];
            }

            recalls[sample] = best.Average(row => row.Recall);
            audit.Advance(sample + 1, recalls.Length);
        }

        return (recalls, best);
    }
}
