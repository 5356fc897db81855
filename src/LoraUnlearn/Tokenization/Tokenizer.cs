using LoraUnlearn.Checkpoints;
using LoraUnlearn.Tokenization.AddedTokens;
using LoraUnlearn.Tokenization.Normalization;
using LoraUnlearn.Tokenization.PreTokenization;
using LoraUnlearn.Tokenization.Unicode;

namespace LoraUnlearn.Tokenization;

/// <summary>
/// Turns text into token ids and back, as the <c>tokenizer.json</c> of a Hugging Face model says, with the results of
/// the <c>tokenizers</c> library (0.23). Byte-pair encodings are supported, byte-level and with byte fallback, with
/// the normalisers, pre-tokenisers, post-processors and decoders that go with them. Safe for concurrent use.
/// </summary>
/// <remarks>The file's truncation and padding settings are not applied.</remarks>
public sealed class Tokenizer : ITextEncoder
{
    private const string FileName = "tokenizer.json";
    private const long LargestFile = 1L << 30;

    private readonly TokenizerParts _parts;

    private Tokenizer(TokenizerParts parts)
    {
        _parts = parts;
        VocabularySize = Math.Max(parts.Model.Vocabulary.Size, parts.AddedTokens.Size);
    }

    /// <summary>The highest token id and one, added tokens included.</summary>
    public int VocabularySize { get; }

    /// <summary>Loads a tokenizer, vocabulary and all; nothing is read later.</summary>
    /// <param name="path">A <c>tokenizer.json</c>, or a model folder that holds one.</param>
    /// <exception cref="InputException">
    /// The file is missing, unreadable, malformed, or names a component that is not supported.
    /// </exception>
    public static Tokenizer Load(string path)
    {
        string file = Directory.Exists(path) ? Path.Combine(path, FileName) : path;
        if (!Path.Exists(file))
        {
            throw new InputException(
                $"{file}: there is no such file. A Hugging Face {FileName} was expected; a model that has only "
                + "tokenizer.model or vocab.json can be converted with transformers' AutoTokenizer and save_pretrained.");
        }

        return Parse(InputFile.ReadAllBytes(file, LargestFile), file);
    }

    /// <summary>Reads a tokenizer from memory.</summary>
    /// <param name="utf8Json">The document, in UTF-8.</param>
    /// <param name="source">What to call it in messages, such as the name of its file.</param>
    /// <exception cref="InputException">The document is malformed, or names a component that is not supported.</exception>
    public static Tokenizer Parse(ReadOnlySpan<byte> utf8Json, string source) => new(TokenizerFile.Read(utf8Json, source));

    /// <summary>Turns a text into ids: added tokens first, then normaliser, pre-tokeniser, merges, post-processor.</summary>
    /// <param name="text">The text. Unpaired surrogates count as U+FFFD.</param>
    /// <param name="addSpecialTokens">Whether to add the tokens that the post-processor puts around a text, such as one for its beginning.</param>
    /// <param name="parseSpecial">
    /// Whether special tokens written in the text are recognised. Where false their text is ordinary text; added tokens
    /// that are not special are recognised all the same.
    /// </param>
    /// <returns>The token ids.</returns>
    /// <exception cref="InputException">
    /// The text has a character that neither the vocabulary nor its unknown token covers, or a pattern of the file
    /// backtracks without reasonable end on it.
    /// </exception>
    public int[] Encode(string text, bool addSpecialTokens = false, bool parseSpecial = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<int> ids = new((text.Length / 3) + 4);
        Encode(text, parseSpecial, ids, null);
        return addSpecialTokens && _parts.PostProcessor is { } processor
            ? processor.Process([ids], addSpecialTokens).SelectMany(part => part).ToArray()
            : ids.ToArray();
    }

    /// <summary>Encodes a text without the post-processor's tokens, and hands the ids on as they come: those of a long text are many.</summary>
    /// <param name="text">The text. Unpaired surrogates count as U+FFFD.</param>
    /// <param name="parseSpecial">Whether special tokens written in the text are recognised.</param>
    /// <param name="take">Takes some ids, in order; the list is used again afterwards.</param>
    /// <exception cref="InputException">As of the other method.</exception>
    public void EncodeInParts(string text, bool parseSpecial, Action<IReadOnlyList<int>> take)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(take);
        List<int> ids = [];
        Encode(text, parseSpecial, ids, take);
        take(ids);
    }

    private void Encode(string text, bool parseSpecial, List<int> ids, Action<IReadOnlyList<int>>? take)
    {
        text = CodePoints.ReplaceUnpairedSurrogates(text);
        foreach (TextSegment segment in _parts.AddedTokens.InText.Split(text, parseSpecial))
        {
            if (segment.TokenId is { } id)
            {
                ids.Add(id);
                continue;
            }

            string piece = text[segment.Start..segment.End];
            EncodeNormalized(new NormalizedText(piece, segment.Start == 0 ? CodePoints.FirstUnits(piece) : 0), parseSpecial, ids, take);
        }
    }

    /// <summary>Decodes token ids. Spaces are left as the decoder gives them; ids that no token has are passed over.</summary>
    /// <param name="ids">The token ids.</param>
    /// <param name="skipSpecialTokens">Whether to leave special tokens out.</param>
    /// <returns>The text. Bytes that are not UTF-8 become U+FFFD.</returns>
    public string Decode(IReadOnlyList<int> ids, bool skipSpecialTokens = false)
    {
        ArgumentNullException.ThrowIfNull(ids);
        List<string> pieces = new(ids.Count);
        foreach (int id in ids)
        {
            if (DecodablePiece(id, skipSpecialTokens) is { } piece)
            {
                pieces.Add(piece);
            }
        }

        return _parts.Decoder is null ? string.Join(' ', pieces) : string.Concat(_parts.Decoder.Decode(pieces));
    }

    /// <summary>The id of a token as the file writes it, or null.</summary>
    public int? TokenToId(string token) => _parts.AddedTokens.Find(token)?.Id ?? _parts.Model.Vocabulary.Id(token);

    /// <summary>The token of an id as the file writes it, or null.</summary>
    public string? IdToToken(int id) => _parts.AddedTokens.Find(id)?.Content ?? _parts.Model.Vocabulary.Token(id);

    /// <summary>Whether the id is that of an added token marked as special.</summary>
    public bool IsSpecial(int id) => _parts.AddedTokens.Find(id) is { Special: true };

    /// <summary>For ids that come one by one, as they are generated; each stream of ids needs one of its own.</summary>
    /// <param name="skipSpecialTokens">Whether to leave special tokens out.</param>
    public StreamingDecoder CreateStreamingDecoder(bool skipSpecialTokens = true) => new(this, skipSpecialTokens);

    /// <summary>What a token contributes to decoding, or null where it contributes nothing.</summary>
    internal string? DecodablePiece(int id, bool skipSpecialTokens)
    {
        // A token that is looked for in normalised text is decoded from there too, and then not taken for special.
        string? piece = _parts.AddedTokens.Find(id)?.Pattern ?? _parts.Model.Vocabulary.Token(id);
        return piece is not null && skipSpecialTokens && _parts.AddedTokens.IsSpecial(piece) ? null : piece;
    }

    private void EncodeNormalized(NormalizedText text, bool parseSpecial, List<int> ids, Action<IReadOnlyList<int>>? take)
    {
        NormalizedText normalized = _parts.Normalizer?.Normalize(text) ?? text;
        TextPiece whole = TextPiece.Of(normalized.Text, normalized.OriginPrefix);
        foreach (TextSegment segment in _parts.AddedTokens.InNormalizedText.Split(normalized.Text, parseSpecial))
        {
            if (segment.TokenId is { } id)
            {
                ids.Add(id);
                continue;
            }

            List<TextPiece> pieces = [whole.Slice(segment.Start, segment.End)];
            if (_parts.PreTokenizer is { } preTokenizer)
            {
                preTokenizer.Cut(pieces, Add);
            }
            else
            {
                Add(pieces);
            }
        }

        void Add(List<TextPiece> pieces)
        {
            foreach (TextPiece piece in pieces)
            {
                _parts.Model.Encode(piece.Span, ids);
            }

            if (take is not null)
            {
                take(ids);
                ids.Clear();
            }
        }
    }
}
