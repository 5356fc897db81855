using System.Text.RegularExpressions;
using LoraUnlearn.Tokenization;

namespace LoraUnlearn.Data;

/// <summary>
/// Encodes a text put together of template and user pieces. Special tokens that the template spells become their ids; what
/// looks like one in a user's text stays ordinary text. Otherwise the text is encoded as a whole, so that tokens merge
/// across the pieces as they did when the model was trained.
/// </summary>
/// <param name="encoder">The tokenizer.</param>
/// <param name="beginning">What begins a sequence where the tokenizer has no post-processor that says; null for nothing.</param>
internal sealed partial class PieceEncoder(ITextEncoder encoder, int? beginning = null)
{
    private const string Probe = "a";

    private readonly Dictionary<string, bool> _isMarker = [];
    private int[]? _prefix;

    /// <summary>What the post-processor puts in front of a sequence, usually one id or none.</summary>
    public int[] Prefix => _prefix ??= FindPrefix();

    /// <summary>Whether the tokenizer's post-processor adds nothing, so that the configuration decides what begins and ends a text.</summary>
    public bool IsBare => encoder.Encode(Probe, addSpecialTokens: true, parseSpecial: false).Length == encoder.Encode(Probe, addSpecialTokens: false, parseSpecial: false).Length;

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

    /// <summary>Encodes the pieces without <see cref="Prefix"/>.</summary>
    public int[] EncodeAlone(IEnumerable<TextPiece> pieces)
    {
        TextPiece[] all = [.. pieces];
        if (all.Length > 0 && Array.TrueForAll(all, piece => piece.Origin == PieceOrigin.Rendered))
        {
            return encoder.Encode(string.Concat(all.Select(piece => piece.Text)), addSpecialTokens: false, parseSpecial: true);
        }

        return EncodeMarked(all);
    }

    /// <summary>How many special tokens a rendered text spells.</summary>
    /// <param name="text">The text.</param>
    /// <param name="ids">What <see cref="Encode(IEnumerable{TextPiece})"/> made of it, or of a text with it; spares work where there are none.</param>
    public int CountSpecialTokens(string text, int[] ids)
    {
        int from = Prefix.Length > 0 && text.Length > 0 && !SpellsPrefix(text) && ids.AsSpan().StartsWith(Prefix) ? Prefix.Length : 0;
        bool any = false;
        for (int at = from; at < ids.Length && !any; at++)
        {
            any = encoder.IsSpecial(ids[at]);
        }

        return any ? Math.Max(0, Count(text, parseSpecial: true) - Count(text, parseSpecial: false)) : 0;
    }

    // Ordinary text may become a special token too: what the vocabulary lacks is often <unk>.
    private int Count(string text, bool parseSpecial) => encoder.Encode(text, addSpecialTokens: false, parseSpecial).Count(encoder.IsSpecial);

    private bool SpellsPrefix(string text) =>
        encoder.Encode(text[..Math.Min(text.Length, 64)], addSpecialTokens: false, parseSpecial: true).AsSpan().StartsWith(Prefix);

    private int[] EncodeMarked(TextPiece[] pieces)
    {
        List<(string Text, bool IsMarker)> segments = Segments(pieces);
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
    private bool IsMarker(string text)
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
        int[] bare = encoder.Encode(Probe, addSpecialTokens: false, parseSpecial: false);
        int[] full = encoder.Encode(Probe, addSpecialTokens: true, parseSpecial: false);
        int at = full.AsSpan().IndexOf(bare);
        return at > 0 ? full[..at] : full.Length == bare.Length && beginning is { } id ? [id] : [];
    }

    [GeneratedRegex(@"<[^<>\s]+>|\[/?[A-Z_]+\]", RegexOptions.CultureInvariant)]
    private static partial Regex PossibleMarker();
}
