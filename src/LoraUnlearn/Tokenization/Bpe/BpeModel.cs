using System.Collections.Concurrent;
using System.Text;
using LoraUnlearn.Tokenization.Unicode;

namespace LoraUnlearn.Tokenization.Bpe;

/// <summary>
/// Byte-pair encoding (Sennrich et al. 2016): a word begins as its characters, and the neighbours whose merge has the
/// lowest rank are joined until none can be. O(n log n) in the length of the word. Safe for concurrent use.
/// </summary>
internal sealed class BpeModel
{
    private const int CacheCapacity = 32_768;
    private const int LongestCachedWord = 256;

    private readonly BpeOptions _options;
    private readonly MergeTable _merges;
    private readonly string _source;
    private readonly int[] _singleUnits;
    private readonly int[] _bytes = new int[256];
    private readonly ConcurrentDictionary<string, int[]> _cache = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _cacheBySpan;
    private int _cached;

    /// <param name="vocabulary">The tokens.</param>
    /// <param name="merges">The merges.</param>
    /// <param name="options">The settings.</param>
    /// <param name="source">The file they come from, for messages.</param>
    public BpeModel(Vocabulary vocabulary, MergeTable merges, BpeOptions options, string source)
    {
        Vocabulary = vocabulary;
        _merges = merges;
        _options = options;
        _source = source;
        _singleUnits = vocabulary.IdsOfSingleUnits();
        _cacheBySpan = _cache.GetAlternateLookup<ReadOnlySpan<char>>();
        for (int value = 0; value < _bytes.Length; value++)
        {
            _bytes[value] = vocabulary.Id($"<0x{value:X2}>") ?? -1;
        }
    }

    public Vocabulary Vocabulary { get; }

    /// <summary>Appends the ids of a word.</summary>
    /// <exception cref="InputException">The word needs the unknown token and the vocabulary lacks it.</exception>
    public void Encode(ReadOnlySpan<char> word, List<int> output)
    {
        if (_options.IgnoreMerges && Vocabulary.Find(word) is int whole and >= 0)
        {
            output.Add(whole);
            return;
        }

        if (word.Length > LongestCachedWord)
        {
            Merge(Characters(word), output);
            return;
        }

        if (!_cacheBySpan.TryGetValue(word, out int[]? ids))
        {
            List<int> merged = [];
            Merge(Characters(word), merged);
            ids = merged.ToArray();
            if (_cached < CacheCapacity && _cacheBySpan.TryAdd(word, ids))
            {
                Interlocked.Increment(ref _cached);
            }
        }

        output.AddRange(ids);
    }

    /// <summary>The ids that a word begins as: one a character, or its bytes, or the unknown token.</summary>
    private List<int> Characters(ReadOnlySpan<char> word)
    {
        List<int> symbols = new(word.Length);
        bool unknownPending = false;
        bool isPlain = _options.ContinuingSubwordPrefix.Length + _options.EndOfWordSuffix.Length == 0;
        for (int i = 0; i < word.Length;)
        {
            CodePoints.At(word, i, out int units);
            ReadOnlySpan<char> character = isPlain ? word.Slice(i, units) : Decorate(word, i, units);
            int id = character.Length == 1 ? _singleUnits[character[0]] : Vocabulary.Find(character);
            i += units;
            if (id >= 0)
            {
                if (unknownPending)
                {
                    symbols.Add(UnknownId());
                    unknownPending = false;
                }

                symbols.Add(id);
                continue;
            }

            if ((_options.ByteFallback && TryAddBytes(character, symbols)) || _options.UnknownToken is null)
            {
                continue;
            }

            // The format's own library holds the unknown token back until a known character or the end.
            if (unknownPending && !_options.FuseUnknown)
            {
                symbols.Add(UnknownId());
            }

            unknownPending = true;
        }

        if (unknownPending)
        {
            symbols.Add(UnknownId());
        }

        return symbols;
    }

    private string Decorate(ReadOnlySpan<char> word, int start, int units)
    {
        string prefix = start == 0 ? "" : _options.ContinuingSubwordPrefix;
        string suffix = start + units == word.Length ? _options.EndOfWordSuffix : "";
        return $"{prefix}{word.Slice(start, units)}{suffix}";
    }

    private bool TryAddBytes(ReadOnlySpan<char> character, List<int> symbols)
    {
        byte[] bytes = new byte[Encoding.UTF8.GetMaxByteCount(character.Length)];
        int count = Encoding.UTF8.GetBytes(character, bytes);
        for (int i = 0; i < count; i++)
        {
            if (_bytes[bytes[i]] < 0)
            {
                return false;
            }
        }

        for (int i = 0; i < count; i++)
        {
            symbols.Add(_bytes[bytes[i]]);
        }

        return true;
    }

    private int UnknownId() =>
        Vocabulary.Id(_options.UnknownToken!)
        ?? throw new InputException(
            $"{_source}: the text has a character that the vocabulary lacks, and model.unk_token "
            + $"'{_options.UnknownToken}', which would stand for it, is not in the vocabulary either.");

    private void Merge(List<int> symbols, List<int> output)
    {
        int count = symbols.Count;
        if (count < 2)
        {
            output.AddRange(symbols);
            return;
        }

        // A doubly linked list in arrays; -1 as an id marks a symbol that was merged into its left neighbour.
        int[] ids = symbols.ToArray();
        int[] next = new int[count];
        int[] previous = new int[count];
        MergeQueue queue = new(count);
        for (int i = 0; i < count; i++)
        {
            (previous[i], next[i]) = (i - 1, i + 1);
            Propose(ref queue, ids, i, i + 1);
        }

        while (queue.TryPop(out int rank, out int left))
        {
            int right = next[left];
            if (ids[left] < 0 || right >= count
                || !_merges.TryGet(ids[left], ids[right], out int currentRank, out int merged) || currentRank != rank)
            {
                // One of the two has since become part of something else.
                continue;
            }

            ids[left] = merged;
            ids[right] = -1;
            next[left] = next[right];
            if (next[left] < count)
            {
                previous[next[left]] = left;
            }

            if (previous[left] >= 0)
            {
                Propose(ref queue, ids, previous[left], left);
            }

            Propose(ref queue, ids, left, next[left]);
        }

        queue.Dispose();
        for (int i = 0; i < count; i = next[i])
        {
            output.Add(ids[i]);
        }
    }

    private void Propose(ref MergeQueue queue, int[] ids, int left, int right)
    {
        if (right < ids.Length && _merges.TryGet(ids[left], ids[right], out int rank, out _))
        {
            queue.Push(rank, left);
        }
    }
}
