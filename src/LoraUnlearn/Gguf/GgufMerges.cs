using System.Text.Json;
using LoraUnlearn.Tokenization;

namespace LoraUnlearn.Gguf;

/// <summary>The merges of a byte-pair encoding, as llama.cpp takes them: by rank, or as scores of the tokens that they make.</summary>
internal sealed class GgufMerges
{
    // Tokens that no merge makes: llama.cpp would make them from any pair that spells them, so they come last.
    private const float Unreachable = -1e6f;

    private readonly List<(string Left, string Right)> _merges;

    /// <summary>Reads them.</summary>
    /// <param name="merges">The file's list, of "left right" or ["left", "right"], in order of rank.</param>
    public GgufMerges(JsonElement merges)
    {
        _merges = [.. Read(merges)];
    }

    /// <summary>"left right", in order of rank.</summary>
    public IReadOnlyList<string> Lines => [.. _merges.Select(merge => $"{merge.Left} {merge.Right}")];

    /// <summary>A score for each token: the sooner its first merge, the higher.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="size">How many tokens there are.</param>
    /// <param name="unmerged">How many tokens llama.cpp may make from a pair that has no merge here.</param>
    public IReadOnlyList<float> Scores(Tokenizer tokenizer, int size, out int unmerged)
    {
        Dictionary<string, int> ranks = new(StringComparer.Ordinal);
        foreach ((string left, string right) in _merges)
        {
            ranks.TryAdd(left + right, ranks.Count);
        }

        float[] scores = new float[size];
        HashSet<(string, string)> known = [.. _merges];
        unmerged = 0;
        for (int id = 0; id < size; id++)
        {
            string token = tokenizer.IdToToken(id) ?? "";
            scores[id] = ranks.TryGetValue(token, out int rank) ? -rank : Unreachable;
            unmerged += ranks.ContainsKey(token) && Splits(token, tokenizer).Any(split => !known.Contains(split)) ? 1 : 0;
        }

        return scores;
    }

    // Every pair of tokens that spells a token.
    private static IEnumerable<(string Left, string Right)> Splits(string token, Tokenizer tokenizer)
    {
        for (int cut = 1; cut < token.Length; cut++)
        {
            if (!char.IsLowSurrogate(token[cut]) && tokenizer.TokenToId(token[..cut]) is not null && tokenizer.TokenToId(token[cut..]) is not null)
            {
                yield return (token[..cut], token[cut..]);
            }
        }
    }

    private static IEnumerable<(string Left, string Right)> Read(JsonElement merges)
    {
        foreach (JsonElement merge in merges.EnumerateArray())
        {
            if (merge.ValueKind == JsonValueKind.Array)
            {
                yield return (merge[0].GetString()!, merge[1].GetString()!);
            }
            else if (merge.GetString()!.Split(' ') is [not "#version:", _] and [string left, string right])
            {
                yield return (left, right);
            }
        }
    }
}
