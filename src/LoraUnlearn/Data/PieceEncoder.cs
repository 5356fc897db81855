using System.Text.RegularExpressions;
using LoraUnlearn.Tokenization;

namespace LoraUnlearn.Data;

/// <summary>
/// Encodes a text put together of template and user pieces. Special tokens that the template spells become their ids; what
/// looks like one in a user's text stays ordinary text. Otherwise the text is encoded as a whole, so that tokens merge
/// across the pieces as they did when the model was trained.
/// </summary>
internal sealed partial class PieceEncoder(ITextEncoder encoder, int? beginning = null)
{
    private readonly Dictionary<string, bool> _isMarker = [];
    private int[]? _prefix;

    /// <summary>What the post-processor puts in front of a sequence, usually one id or none.</summary>
    public int[] Prefix => _prefix ??= FindPrefix();

    /// <summary>Encodes the pieces as one text, with <see cref="Prefix"/> in front unless the text begins with it.</summary>
    public int[] Encode(IEnumerable<TextPiece> pieces) => WithPrefix(EncodeAlone(pieces));

    /// <summary>
    /// Encodes a prompt and what follows. The ids are those of the whole text where the prompt's ids are a prefix of
    /// them; where a token straddles the boundary, the prompt's ids and those of the completion encoded by itself, so
    /// that what is scored is what a model generates after that prompt.
    /// </summary>
    public (int[] Ids, int PromptLength) Encode(TextPiece[] prompt, TextPiece[] completion)
    {
        int[] promptIds = Encode(prompt);
        int[] whole = Encode([.. prompt, .. completion]);
        return whole.AsSpan().StartsWith(promptIds)
            ? (whole, promptIds.Length)
            : ([.. promptIds, .. EncodeAlone(completion)], promptIds.Length);
    }

    /// <summary>
    /// Encodes a conversation: the ids of its whole text where those of what stands in front of each scored stretch, and of what
    /// ends with it, are prefixes of them; else stretch by stretch.
    /// </summary>
    /// <param name="pieces">The pieces in order.</param>
    /// <param name="eosId">The end-of-sequence id, or null.</param>
    /// <returns>The ids, and for each whether it is scored.</returns>
    public (int[] Ids, bool[] Scored) EncodeConversation(IReadOnlyList<ConversationPiece> pieces, int? eosId)
    {
        List<int> ids = [];
        List<bool> scored = [];
        void Add(IEnumerable<int> more, bool isScored)
        {
            foreach (int id in more)
            {
                ids.Add(id);
                scored.Add(isScored);
            }
        }

        // An end-of-sequence token cuts the text, as any special token does.
        for (int at = 0; at < pieces.Count; at++)
        {
            int end = at;
            while (end < pieces.Count && !pieces[end].IsEos)
            {
                end++;
            }

            AddRun(pieces.Skip(at).Take(end - at).ToArray(), isFirst: ids.Count == 0, Add);
            if (end < pieces.Count && eosId is { } eos)
            {
                Add([eos], pieces[end].IsScored);
            }

            at = end;
        }

        return ([.. ids], [.. scored]);
    }

    private void AddRun(ConversationPiece[] run, bool isFirst, Action<IEnumerable<int>, bool> add)
    {
        int[] Of(int count) => isFirst ? Encode(run.Take(count).Select(piece => piece.Piece)) : EncodeAlone(run.Take(count).Select(piece => piece.Piece));
        int[] whole = run.Length == 0 ? [] : Of(run.Length);
        int done = 0;
        for (int start = 0; start < run.Length;)
        {
            int end = start;
            while (end < run.Length && run[end].IsScored == run[start].IsScored)
            {
                end++;
            }

            int[] prefix = end == run.Length ? whole : Of(end);
            if (!whole.AsSpan().StartsWith(prefix))
            {
                // A token straddles the boundary: each stretch by itself.
                AddStretches(run[start..], isFirst && start == 0, add);
                return;
            }

            add(prefix[done..], run[start].IsScored);
            done = prefix.Length;
            start = end;
        }
    }

    private void AddStretches(ConversationPiece[] run, bool isFirst, Action<IEnumerable<int>, bool> add)
    {
        for (int start = 0; start < run.Length;)
        {
            int end = start;
            while (end < run.Length && run[end].IsScored == run[start].IsScored)
            {
                end++;
            }

            IEnumerable<TextPiece> stretch = run[start..end].Select(piece => piece.Piece);
            add(isFirst && start == 0 ? Encode(stretch) : EncodeAlone(stretch), run[start].IsScored);
            start = end;
        }
    }

    /// <summary>How many special tokens a text spells, where it is parsed for them.</summary>
    public int CountSpecial(string text) => encoder.Encode(text, addSpecialTokens: false, parseSpecial: true).Count(encoder.IsSpecial);

    private int[] EncodeAlone(IEnumerable<TextPiece> pieces)
    {
        TextPiece[] all = [.. pieces];
        if (all.Length > 0 && Array.TrueForAll(all, piece => piece.IsTemplate))
        {
            return encoder.Encode(string.Concat(all.Select(piece => piece.Text)), addSpecialTokens: false, parseSpecial: true);
        }

        List<(string Text, bool IsMarker)> segments = Segments(all);
        string text = string.Concat(segments.Select(segment => segment.Text));
        if (!segments.Exists(segment => segment.IsMarker))
        {
            return encoder.Encode(text, addSpecialTokens: false, parseSpecial: false);
        }

        // Markers are split off before anything else, so the whole text may be parsed for them if no more are found than meant.
        if (segments.TrueForAll(segment => segment.IsMarker || !HasSpecialTokens(segment.Text)))
        {
            return encoder.Encode(text, addSpecialTokens: false, parseSpecial: true);
        }

        return [.. segments.SelectMany(segment => encoder.Encode(segment.Text, addSpecialTokens: false, parseSpecial: segment.IsMarker))];
    }

    private bool HasSpecialTokens(string text) =>
        !encoder.Encode(text, addSpecialTokens: false, parseSpecial: true)
            .AsSpan()
            .SequenceEqual(encoder.Encode(text, addSpecialTokens: false, parseSpecial: false));

    /// <summary>Special tokens of the template, and between them the runs of ordinary text.</summary>
    private List<(string Text, bool IsMarker)> Segments(IEnumerable<TextPiece> pieces)
    {
        List<(string Text, bool IsMarker)> segments = [];
        foreach (TextPiece piece in pieces)
        {
            int start = 0;
            if (piece.IsTemplate)
            {
                foreach (Match match in PossibleMarker().Matches(piece.Text))
                {
                    if (IsMarker(match.Value))
                    {
                        AddPlain(segments, piece.Text[start..match.Index]);
                        segments.Add((match.Value, true));
                        start = match.Index + match.Length;
                    }
                }
            }

            AddPlain(segments, piece.Text[start..]);
        }

        return segments;
    }

    private static void AddPlain(List<(string Text, bool IsMarker)> segments, string text)
    {
        if (text.Length == 0)
        {
            return;
        }

        if (segments.Count > 0 && !segments[^1].IsMarker)
        {
            segments[^1] = (segments[^1].Text + text, false);
        }
        else
        {
            segments.Add((text, false));
        }
    }

    /// <summary>Whether this tokenizer has a special token spelled so.</summary>
    public bool IsMarker(string text)
    {
        if (!_isMarker.TryGetValue(text, out bool isMarker))
        {
            isMarker = encoder.Encode(text, addSpecialTokens: false, parseSpecial: true).Length == 1 && HasSpecialTokens(text);
            _isMarker[text] = isMarker;
        }

        return isMarker;
    }

    private int[] WithPrefix(int[] ids) =>
        Prefix.Length == 0 || ids.AsSpan().StartsWith(Prefix) ? ids : [.. Prefix, .. ids];

    private int[] FindPrefix()
    {
        const string Probe = "a";
        int[] bare = encoder.Encode(Probe, addSpecialTokens: false, parseSpecial: false);
        int[] full = encoder.Encode(Probe, addSpecialTokens: true, parseSpecial: false);
        int at = full.AsSpan().IndexOf(bare);
        return at > 0 ? full[..at] : beginning is { } id ? [id] : [];
    }

    [GeneratedRegex(@"<[^<>\s]+>|\[/?[A-Z_]+\]", RegexOptions.CultureInvariant)]
    private static partial Regex PossibleMarker();
}
