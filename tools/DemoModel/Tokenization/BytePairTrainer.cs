using System.Text;
using System.Text.RegularExpressions;

namespace LoraUnlearn.DemoModel.Tokenization;

/// <summary>
/// Learns byte-level BPE merges (Sennrich, Haddow and Birch 2016, over bytes as in GPT-2): again and again the pair of
/// neighbouring tokens that is most frequent within words becomes a token. Ties go to the pair that is first in
/// ordinal order, so that the result depends on nothing but the text.
/// </summary>
internal static partial class BytePairTrainer
{
    /// <summary>Pairs rarer than this are not merged.</summary>
    private const int LeastFrequency = 2;

    /// <summary>Learns a vocabulary.</summary>
    /// <param name="texts">The training text.</param>
    /// <param name="vocabularySize">Special tokens, 256 bytes and merges together; fewer when no pair repeats any more.</param>
    /// <param name="specialTokens">Tokens that get the first ids and are never part of a merge.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size leaves no room for the special tokens and the bytes.</exception>
    public static BytePairVocabulary Train(
        IEnumerable<string> texts, int vocabularySize, IReadOnlyList<string> specialTokens)
    {
        int room = vocabularySize - 256 - specialTokens.Count;
        ArgumentOutOfRangeException.ThrowIfNegative(room, nameof(vocabularySize));
        List<Word> words = CountWords(texts);
        HashSet<string> known = [.. specialTokens];
        List<(string Left, string Right)> merges = [];
        while (merges.Count < room && MostFrequentPair(words, known) is (string, string) pair)
        {
            merges.Add(pair);
            known.Add(pair.Left + pair.Right);
            foreach (Word word in words)
            {
                word.Merge(pair);
            }
        }

        return new BytePairVocabulary(specialTokens, merges);
    }

    /// <summary>The words of a text as GPT-2 cuts them: a leading space belongs to the word it precedes.</summary>
    public static IEnumerable<string> SplitWords(string text) => WordPattern().Matches(text).Select(match => match.Value);

    /// <summary>The text as byte characters, one for each byte of its UTF-8 form.</summary>
    public static string ToByteCharacters(string text) =>
        string.Concat(Encoding.UTF8.GetBytes(text).Select(ByteAlphabet.CharacterOf));

    private static List<Word> CountWords(IEnumerable<string> texts)
    {
        Dictionary<string, int> counts = new(StringComparer.Ordinal);
        foreach (string word in texts.SelectMany(SplitWords))
        {
            counts[word] = counts.GetValueOrDefault(word) + 1;
        }

        return [.. counts.Select(entry => new Word(ToByteCharacters(entry.Key), entry.Value))];
    }

    private static (string Left, string Right)? MostFrequentPair(List<Word> words, HashSet<string> known)
    {
        Dictionary<(string Left, string Right), int> counts = [];
        foreach (Word word in words)
        {
            for (int i = 1; i < word.Tokens.Count; i++)
            {
                (string, string) pair = (word.Tokens[i - 1], word.Tokens[i]);
                counts[pair] = counts.GetValueOrDefault(pair) + word.Count;
            }
        }

        // Two different pairs can spell the same token; the second one would have no id of its own.
        return counts
            .Where(entry => entry.Value >= LeastFrequency && !known.Contains(entry.Key.Left + entry.Key.Right))
            .OrderByDescending(entry => entry.Value)
            .ThenBy(entry => entry.Key.Left, StringComparer.Ordinal)
            .ThenBy(entry => entry.Key.Right, StringComparer.Ordinal)
            .Select(entry => ((string, string)?)entry.Key)
            .FirstOrDefault();
    }

    [GeneratedRegex(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")]
    private static partial Regex WordPattern();

    /// <summary>A word of the training text, how often it occurs, and how it is cut so far.</summary>
    private sealed class Word(string characters, int count)
    {
        public int Count { get; } = count;

        public List<string> Tokens { get; private set; } = [.. characters.Select(c => c.ToString())];

        public void Merge((string Left, string Right) pair)
        {
            List<string> merged = [];
            for (int i = 0; i < Tokens.Count; i++)
            {
                bool isPair = i + 1 < Tokens.Count && Tokens[i] == pair.Left && Tokens[i + 1] == pair.Right;
                merged.Add(isPair ? Tokens[i] + Tokens[++i] : Tokens[i]);
            }

            Tokens = merged;
        }
    }
}
