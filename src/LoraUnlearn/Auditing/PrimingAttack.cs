using LoraUnlearn.Data;
using LoraUnlearn.Evaluation;

namespace LoraUnlearn.Auditing;

/// <summary>Gives the first words of the true answer and asks for the rest.</summary>
public sealed class PrimingAttack : IAttack
{
    private static readonly int[] Words = [0, 1, 2, 3, 5, 8];

    /// <inheritdoc/>
    public string Name => "prime";

    /// <inheritdoc/>
    public string Summary => "the first n words of the true answer given";

    /// <inheritdoc/>
    public string? Lacks(AuditCase audit) => audit.Forget.Any(audit.IsAnswered) ? null : "no row has a prompt and an answer in text";

    /// <inheritdoc/>
    public AttackResult Run(AuditCase audit)
    {
        List<double> words = [], probability = [], recall = [], reference = [];
        IReadOnlyList<AuditExample> worst = [];
        double most = double.NegativeInfinity;
        audit.Begin("given words", Words.Length);
        foreach (int given in Words)
        {
            Example[] rows = [.. audit.Forget.Where(audit.IsAnswered).Select(row => Primed(audit, row, given)).OfType<Example>()];
            if (rows.Length == 0)
            {
                break; // no answer is longer
            }

            BasicMeasures measures;
            using (audit.Unlearned.Put())
            {
                measures = audit.Measure(audit.Unlearned.Decoder, rows);
            }

            words.Add(given);
            probability.Add(measures.Probability);
            recall.Add(measures.RougeL ?? 0);
            if (given > 0 && measures.Probability > most) // with none it is no attack
            {
                (most, worst) = (measures.Probability, AuditCase.Worst(rows, measures));
            }

            if (audit.Reference is { } model)
            {
                reference.Add(audit.Probability(model.Decoder, rows));
            }

            audit.Advance(words.Count, Words.Length);
        }

        List<AuditCurve> curves = [new("probability of the rest", words, probability), new("ROUGE-L recall of the rest", words, recall)];
        if (audit.Reference is not null)
        {
            curves.Add(new AuditCurve("probability of the rest, retain-only", words, reference));
        }

        int at = words.Count == 1 ? 0 : probability.IndexOf(probability.Skip(1).Max(), 1);
        most = probability[at];
        double? baseline = audit.Reference is null ? null : reference[at];
        return new AttackResult(
            Name,
            "The first words of each true answer were given, and the rest was asked for, of answers that have more.",
            "words given",
            curves,
            $"With {Wording.Plain(words[at])} words given the rest has probability {Wording.Of(most)} ({Wording.Of(probability[0])} with none) and ROUGE-L recall {Wording.Of(recall[at])}{Wording.Against(baseline)}.",
            "probability",
            most,
            baseline)
        {
            Examples = worst,
        };
    }

    /// <summary>The row with its first words moved to the prompt; null where nothing would be left to ask for.</summary>
    /// <param name="audit">The tokenizer.</param>
    /// <param name="row">A row with a prompt and an answer in text.</param>
    /// <param name="words">How many words are given.</param>
    internal static Example? Primed(AuditCase audit, Example row, int words)
    {
        if (words == 0)
        {
            return row;
        }

        string answer = AuditCase.AnswerOf(row)!;
        int letters = EndOfWord(answer, words);
        int prompt = row.PromptLength!.Value, end = row.Sequence.Length;
        int[] ids = row.Sequence.InputIds;

        // Tokens, as few as hold these words: a token that begins with the next word's space is not among them.
        int wanted = answer[..letters].Count(letter => !char.IsWhiteSpace(letter)), given = prompt;
        while (given < end && audit.Tokenizer!.Decode(ids[prompt..given], skipSpecialTokens: true).Count(letter => !char.IsWhiteSpace(letter)) < wanted)
        {
            given++;
        }

        string rest = given < end ? audit.Tokenizer!.Decode(ids[given..], skipSpecialTokens: true).Trim() : "";
        if (letters >= answer.TrimEnd().Length || rest.Length == 0)
        {
            return null;
        }

        int[] labels = [.. row.Sequence.Labels];
        labels.AsSpan(0, given).Fill(LabelledSequence.NotScored);
        return new Example(row.Index, new LabelledSequence(ids, labels), null, new DataRow(DataRowKind.PromptCompletion, row.Row.Line) { Prompt = "", Completion = rest }, given);
    }

    /// <summary>Where the n-th word of a text ends; the text's length where it has fewer.</summary>
    internal static int EndOfWord(string text, int words)
    {
        int place = 0;
        for (int word = 0; word < words; word++)
        {
            while (place < text.Length && char.IsWhiteSpace(text[place]))
            {
                place++;
            }

            while (place < text.Length && !char.IsWhiteSpace(text[place]))
            {
                place++;
            }
        }

        return place;
    }
}
