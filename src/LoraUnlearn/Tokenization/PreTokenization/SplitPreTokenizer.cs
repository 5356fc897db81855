using LoraUnlearn.Tokenization.Patterns;

namespace LoraUnlearn.Tokenization.PreTokenization;

/// <summary>Cuts at the matches of a pattern.</summary>
/// <param name="pattern">The pattern.</param>
/// <param name="behavior">What becomes of the delimiters.</param>
/// <param name="invert">Whether the pattern matches the words rather than the delimiters.</param>
internal sealed class SplitPreTokenizer(TextPattern pattern, SplitBehavior behavior, bool invert) : IPreTokenizer
{
    /// <inheritdoc/>
    public List<TextPiece> Cut(List<TextPiece> pieces)
    {
        List<TextPiece> output = new(pieces.Count * 2);
        List<(int Start, int End)> matches = [];
        foreach (TextPiece piece in pieces)
        {
            matches.Clear();
            pattern.FindMatches(piece.Span, matches);
            PieceSplitter.Split(piece, matches, invert, behavior, output);
        }

        return output;
    }
}
