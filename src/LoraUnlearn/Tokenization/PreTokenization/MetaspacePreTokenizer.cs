using LoraUnlearn.Tokenization.Patterns;

namespace LoraUnlearn.Tokenization.PreTokenization;

/// <summary>SentencePiece's treatment of spaces: they become a visible character that begins each word.</summary>
/// <param name="replacement">The visible character, as a string of one code point.</param>
/// <param name="scheme">Which pieces get one in front.</param>
/// <param name="split">Whether to cut before each.</param>
internal sealed class MetaspacePreTokenizer(string replacement, PrependScheme scheme, bool split) : IPreTokenizer
{
    private readonly LiteralPattern _replacement = new(replacement);

    /// <inheritdoc/>
    public void Cut(List<TextPiece> pieces, Action<List<TextPiece>> next)
    {
        PieceBatches output = new(next);
        foreach (TextPiece piece in pieces)
        {
            TextPiece marked = Mark(piece);
            if (split)
            {
                output.Split(marked, _replacement, invert: false, SplitBehavior.MergedWithNext);
            }
            else
            {
                output.Add(marked);
            }
        }

        output.Finish();
    }

    private TextPiece Mark(TextPiece piece)
    {
        string text = piece.Span.ToString().Replace(" ", replacement, StringComparison.Ordinal);
        int originPrefix = piece.Span[..piece.OriginPrefix].ToString().Replace(" ", replacement, StringComparison.Ordinal).Length;
        bool prepends = !text.StartsWith(replacement, StringComparison.Ordinal)
            && (scheme == PrependScheme.Always || (scheme == PrependScheme.First && originPrefix > 0));
        return prepends
            ? TextPiece.Of(replacement + text, originPrefix == 0 ? 0 : originPrefix + replacement.Length)
            : TextPiece.Of(text, originPrefix);
    }
}
