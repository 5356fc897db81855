using System.Text;

namespace LoraUnlearn.Evaluation;

/// <summary>One ROUGE measure of a prediction against a reference.</summary>
/// <param name="Precision">Matches over what the prediction has, in [0,1].</param>
/// <param name="Recall">Matches over what the reference has, in [0,1].</param>
public readonly record struct RougeScore(double Precision, double Recall)
{
    /// <summary>The harmonic mean of precision and recall; 0 when both are 0.</summary>
    public double F1 => Precision + Recall > 0 ? 2 * Precision * Recall / (Precision + Recall) : 0;
}

/// <summary>The ROUGE measures of one prediction.</summary>
/// <param name="Rouge1">Shared words.</param>
/// <param name="Rouge2">Shared pairs of neighbouring words.</param>
/// <param name="RougeL">The longest common subsequence of words.</param>
public sealed record RougeScores(RougeScore Rouge1, RougeScore Rouge2, RougeScore RougeL);

/// <summary>
/// ROUGE (Lin 2004) as Google's <c>rouge_score</c> computes it: lower case, everything but a–z and 0–9 is a separator, words
/// of more than three letters are stemmed by <see cref="PorterStemmer"/> (METHODS §10).
/// </summary>
public static class Rouge
{
    /// <summary>All measures of a prediction.</summary>
    /// <param name="reference">The true text.</param>
    /// <param name="prediction">The generated text.</param>
    /// <param name="stem">Whether words are stemmed first.</param>
    public static RougeScores Score(string reference, string prediction, bool stem = true)
    {
        string[] target = Tokenize(reference, stem);
        string[] predicted = Tokenize(prediction, stem);
        return new RougeScores(NGrams(target, predicted, 1), NGrams(target, predicted, 2), LongestCommonSubsequence(target, predicted));
    }

    /// <summary>ROUGE-L alone.</summary>
    /// <param name="reference">The true text.</param>
    /// <param name="prediction">The generated text.</param>
    /// <param name="stem">Whether words are stemmed first.</param>
    public static RougeScore L(string reference, string prediction, bool stem = true) =>
        LongestCommonSubsequence(Tokenize(reference, stem), Tokenize(prediction, stem));

    /// <summary>ROUGE-N alone.</summary>
    /// <param name="reference">The true text.</param>
    /// <param name="prediction">The generated text.</param>
    /// <param name="n">Words in an n-gram; at least 1.</param>
    /// <param name="stem">Whether words are stemmed first.</param>
    public static RougeScore N(string reference, string prediction, int n, bool stem = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(n);
        return NGrams(Tokenize(reference, stem), Tokenize(prediction, stem), n);
    }

    /// <summary>The words that are compared.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="stem">Whether words of more than three letters are stemmed.</param>
    public static string[] Tokenize(string text, bool stem = true)
    {
        // Full case mapping, as in Python, makes this one capital two characters, of which the first is an ASCII i.
        string lower = text.Replace("\u0130", "i\u0307", StringComparison.Ordinal).ToLowerInvariant();
        List<string> words = [];
        StringBuilder word = new();
        foreach (char letter in lower.Append(' '))
        {
            if (char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter))
            {
                word.Append(letter);
            }
            else if (word.Length > 0)
            {
                string whole = word.ToString();
                words.Add(stem && whole.Length > 3 ? PorterStemmer.Stem(whole) : whole);
                word.Clear();
            }
        }

        return [.. words];
    }

    private static RougeScore NGrams(string[] target, string[] predicted, int n)
    {
        Dictionary<string, int> wanted = Count(target, n);
        Dictionary<string, int> found = Count(predicted, n);
        int matches = wanted.Sum(entry => Math.Min(entry.Value, found.GetValueOrDefault(entry.Key)));
        return new RougeScore(
            (double)matches / Math.Max(predicted.Length - n + 1, 1),
            (double)matches / Math.Max(target.Length - n + 1, 1));
    }

    private static Dictionary<string, int> Count(string[] words, int n)
    {
        Dictionary<string, int> counts = [];
        for (int start = 0; start + n <= words.Length; start++)
        {
            string gram = string.Join(' ', words, start, n);
            counts[gram] = counts.GetValueOrDefault(gram) + 1;
        }

        return counts;
    }

    private static RougeScore LongestCommonSubsequence(string[] target, string[] predicted)
    {
        if (target.Length == 0 || predicted.Length == 0)
        {
            return default;
        }

        int[] row = new int[predicted.Length + 1]; // the lengths for the words of the target so far
        foreach (string word in target)
        {
            int diagonal = 0;
            for (int j = 1; j <= predicted.Length; j++)
            {
                int above = row[j];
                row[j] = word == predicted[j - 1] ? diagonal + 1 : Math.Max(above, row[j - 1]);
                diagonal = above;
            }
        }

        return new RougeScore((double)row[^1] / predicted.Length, (double)row[^1] / target.Length);
    }
}
