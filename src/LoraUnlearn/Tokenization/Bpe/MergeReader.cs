using System.Buffers;
using System.Text.Json;

namespace LoraUnlearn.Tokenization.Bpe;

/// <summary>Reads the merges of a tokenizer file, written as "left right" or as ["left", "right"], without a string for each.</summary>
internal sealed class MergeReader
{
    private readonly Vocabulary _vocabulary;
    private readonly string _continuingPrefix;
    private readonly string _source;
    private char[] _left = ArrayPool<char>.Shared.Rent(256);
    private char[] _right = ArrayPool<char>.Shared.Rent(256);
    private char[] _joined = ArrayPool<char>.Shared.Rent(512);
    private int _index;

    private MergeReader(Vocabulary vocabulary, string continuingPrefix, string source)
    {
        _vocabulary = vocabulary;
        _continuingPrefix = continuingPrefix;
        _source = source;
    }

    /// <param name="json">The array, as it stands in the file.</param>
    /// <param name="vocabulary">The tokens that the merges name.</param>
    /// <param name="continuingPrefix">What the right one loses when it is joined to the left one.</param>
    /// <param name="source">The file, for messages.</param>
    /// <exception cref="InputException">A merge is malformed or names a token that the vocabulary lacks.</exception>
    public static MergeTable Read(ReadOnlySpan<byte> json, Vocabulary vocabulary, string continuingPrefix, string source)
    {
        MergeReader merges = new(vocabulary, continuingPrefix, source);
        List<(int Left, int Right, int Joined)> found = new(json.Length / 16);
        Utf8JsonReader reader = new(json);
        reader.Read();
        bool? pairs = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            bool isPair = reader.TokenType == JsonTokenType.StartArray;
            if (pairs is { } expected && expected != isPair)
            {
                throw merges.Error("is written in another way than those before it; strings and pairs cannot be mixed");
            }

            pairs = isPair;
            if (isPair ? merges.ReadPair(ref reader, found) : merges.ReadLine(ref reader, found))
            {
                merges._index++;
            }
        }

        MergeTable table = new(found.Count);
        for (int rank = 0; rank < found.Count; rank++)
        {
            table.Set(found[rank].Left, found[rank].Right, rank, found[rank].Joined);
        }

        ArrayPool<char>.Shared.Return(merges._left);
        ArrayPool<char>.Shared.Return(merges._right);
        ArrayPool<char>.Shared.Return(merges._joined);
        return table;
    }

    private bool ReadPair(ref Utf8JsonReader reader, List<(int Left, int Right, int Joined)> found)
    {
        reader.Read();
        ReadOnlySpan<char> left = ReadText(ref reader, ref _left);
        reader.Read();
        ReadOnlySpan<char> right = ReadText(ref reader, ref _right);
        reader.Read();
        if (reader.TokenType != JsonTokenType.EndArray)
        {
            throw Error("has more than two parts");
        }

        return Add(left, right, found);
    }

    private bool ReadLine(ref Utf8JsonReader reader, List<(int Left, int Right, int Joined)> found)
    {
        ReadOnlySpan<char> line = ReadText(ref reader, ref _left);
        if (line.StartsWith("#version"))
        {
            return false;
        }

        int space = line.IndexOf(' ');
        if (space < 0 || line[(space + 1)..].Contains(' '))
        {
            throw Error($"is '{line}'; two tokens with a space between them were expected");
        }

        return Add(line[..space], line[(space + 1)..], found);
    }

    private bool Add(ReadOnlySpan<char> left, ReadOnlySpan<char> right, List<(int Left, int Right, int Joined)> found)
    {
        if (right.Length < _continuingPrefix.Length)
        {
            throw Error($"has '{right}' on its right, which is shorter than model.continuing_subword_prefix");
        }

        int length = left.Length + right.Length - _continuingPrefix.Length;
        EnsureLength(ref _joined, length);
        left.CopyTo(_joined);
        right[_continuingPrefix.Length..].CopyTo(_joined.AsSpan(left.Length));
        found.Add((Find(left), Find(right), Find(_joined.AsSpan(0, length))));
        return true;
    }

    private int Find(ReadOnlySpan<char> token)
    {
        int id = _vocabulary.Find(token);
        return id >= 0
            ? id
            : throw Error($"needs the token '{token}', which is not in model.vocab; the file is damaged or its parts do not belong together");
    }

    private ReadOnlySpan<char> ReadText(ref Utf8JsonReader reader, ref char[] buffer)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            throw Error("is neither a string \"left right\" nor a pair [\"left\", \"right\"]");
        }

        EnsureLength(ref buffer, reader.ValueSpan.Length);
        return buffer.AsSpan(0, reader.CopyString(buffer));
    }

    private static void EnsureLength(ref char[] buffer, int length)
    {
        if (buffer.Length < length)
        {
            ArrayPool<char>.Shared.Return(buffer);
            buffer = ArrayPool<char>.Shared.Rent(length);
        }
    }

    private InputException Error(string problem) => new($"{_source}: model.merges[{_index}] {problem}.");
}
