namespace LoraUnlearn.Tokenization.Bpe;

/// <summary>Tokens and their ids, both ways.</summary>
internal sealed class Vocabulary
{
    /// <summary>The largest id that is taken for real; it bounds what a lying file can make us allocate.</summary>
    public const int LargestId = (1 << 22) - 1;

    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _idsBySpan;
    private string?[] _tokens = new string?[1024];

    /// <param name="capacity">About how many tokens to expect.</param>
    public Vocabulary(int capacity)
    {
        _ids = new Dictionary<string, int>(Math.Min(capacity, LargestId), StringComparer.Ordinal);
        _idsBySpan = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public int Count => _ids.Count;

    /// <summary>The highest id and one.</summary>
    public int Size { get; private set; }

    /// <summary>Adds a token whose id is at most <see cref="LargestId"/>.</summary>
    /// <returns>False where the token or the id is there already.</returns>
    public bool TryAdd(string token, int id)
    {
        if (Token(id) is not null || !_ids.TryAdd(token, id))
        {
            return false;
        }

        if (id >= _tokens.Length)
        {
            Array.Resize(ref _tokens, Math.Max(id + 1, Math.Min(_tokens.Length * 2, LargestId + 1)));
        }

        _tokens[id] = token;
        Size = Math.Max(Size, id + 1);
        return true;
    }

    /// <summary>The id of a token, or null.</summary>
    public int? Id(string token) => _ids.TryGetValue(token, out int id) ? id : null;

    /// <summary>The id of a token, or -1.</summary>
    public int Find(ReadOnlySpan<char> token) => _idsBySpan.TryGetValue(token, out int id) ? id : -1;

    /// <summary>The token of an id, or null.</summary>
    public string? Token(int id) => id >= 0 && id < _tokens.Length ? _tokens[id] : null;

    /// <summary>The ids of tokens that are one UTF-16 unit long, by that unit; -1 elsewhere.</summary>
    public int[] IdsOfSingleUnits()
    {
        int[] ids = new int[char.MaxValue + 1];
        Array.Fill(ids, -1);
        for (int id = 0; id < Size; id++)
        {
            if (_tokens[id] is { Length: 1 } token)
            {
                ids[token[0]] = id;
            }
        }

        return ids;
    }
}
