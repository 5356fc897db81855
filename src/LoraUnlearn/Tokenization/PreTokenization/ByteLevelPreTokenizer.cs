using System.Text;
using LoraUnlearn.Tokenization.Patterns;

namespace LoraUnlearn.Tokenization.PreTokenization;

/// <summary>
/// GPT-2's pre-tokeniser: cuts with its regular expression, if asked to, and writes each byte of the text as a
/// character of the <see cref="ByteLevelAlphabet"/>.
/// </summary>
/// <param name="addPrefixSpace">Whether a space is put before pieces that do not begin with one.</param>
/// <param name="useRegex">Whether to cut.</param>
internal sealed class ByteLevelPreTokenizer(bool addPrefixSpace, bool useRegex) : IPreTokenizer
{
    private static readonly RegexPattern Words = new(
        @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", "ByteLevel");

    /// <inheritdoc/>
    public void Cut(List<TextPiece> pieces, Action<List<TextPiece>> next)
    {
        PieceBatches cut = new(batch => next(Encode(batch)));
        foreach (TextPiece piece in pieces)
        {
            TextPiece prefixed = addPrefixSpace && piece.Span[0] != ' '
                ? TextPiece.Of($" {piece.Span}", piece.OriginPrefix == 0 ? 0 : piece.OriginPrefix + 1)
                : piece;
            if (!useRegex)
            {
                cut.Add(prefixed);
                continue;
            }

            cut.Split(prefixed, Words, invert: false, SplitBehavior.Isolated);
        }

        cut.Finish();
    }

    /// <summary>Encodes all pieces into one string that they share.</summary>
    private static List<TextPiece> Encode(List<TextPiece> pieces)
    {
        StringBuilder encoded = new(pieces.Sum(piece => piece.Length));
        List<(int End, int OriginPrefix)> ends = new(pieces.Count);
        foreach (TextPiece piece in pieces)
        {
            int start = encoded.Length;
            ByteLevelAlphabet.AppendEncoded(piece.Span, encoded);
            int originPrefix = piece.OriginPrefix == 0 ? 0 : Encoding.UTF8.GetByteCount(piece.Span[..piece.OriginPrefix]);
            ends.Add((encoded.Length, Math.Min(originPrefix, encoded.Length - start)));
        }

        string text = encoded.ToString();
        List<TextPiece> output = new(pieces.Count);
        int previousEnd = 0;
        foreach ((int end, int originPrefix) in ends)
        {
            output.Add(new TextPiece(text, previousEnd, end - previousEnd, originPrefix));
            previousEnd = end;
        }

        return output;
    }
}
