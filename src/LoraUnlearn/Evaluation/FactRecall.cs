namespace LoraUnlearn.Evaluation;

/// <summary>Whether answers hold the facts that were asked for, whatever words are around them.</summary>
public static class FactRecall
{
    /// <summary>Whether a text holds all of the facts. Case does not count; a fact inside a longer word does not either.</summary>
    /// <param name="text">A generated answer.</param>
    /// <param name="facts">At least one phrase.</param>
    /// <exception cref="ArgumentException">There is no fact, or an empty one: everything would hold it.</exception>
    public static bool Holds(string text, IReadOnlyCollection<string> facts)
    {
        if (facts.Count == 0 || facts.Any(string.IsNullOrWhiteSpace))
        {
            throw new ArgumentException("expected at least one fact, and none that is empty.", nameof(facts));
        }

        return facts.All(fact => HoldsOne(text, fact));
    }

    /// <summary>The share of answers, from 0 to 1, that hold all of their facts.</summary>
    /// <param name="answers">Generated answers with the facts of each; at least one.</param>
    /// <exception cref="ArgumentException">There is no answer, or one without a fact.</exception>
    public static double Share(IReadOnlyCollection<(string Text, IReadOnlyCollection<string> Facts)> answers) => answers.Count > 0
        ? answers.Count(answer => Holds(answer.Text, answer.Facts)) / (double)answers.Count
        : throw new ArgumentException("expected at least one answer.", nameof(answers));

    private static bool HoldsOne(string text, string fact)
    {
        for (int start = text.IndexOf(fact, StringComparison.OrdinalIgnoreCase); start >= 0; start = text.IndexOf(fact, start + 1, StringComparison.OrdinalIgnoreCase))
        {
            int end = start + fact.Length;
            bool beginsWord = start == 0 || !char.IsLetterOrDigit(text[start - 1]), endsWord = end == text.Length || !char.IsLetterOrDigit(text[end]);
            if (beginsWord && endsWord)
            {
                return true;
            }
        }

        return false;
    }
}
