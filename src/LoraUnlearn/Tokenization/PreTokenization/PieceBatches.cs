using LoraUnlearn.Tokenization.Patterns;

namespace LoraUnlearn.Tokenization.PreTokenization;

/// <summary>Gathers pieces and hands them on in batches.</summary>
/// <param name="next">Takes each batch; the list is used again afterwards.</param>
internal sealed class PieceBatches(Action<List<TextPiece>> next)
{
    private readonly List<(int Start, int End)> _matches = [];
    private readonly List<TextPiece> _pieces = [];

    /// <summary>Adds a piece, not empty.</summary>
    public void Add(TextPiece piece)
    {
        _pieces.Add(piece);
        if (_pieces.Count >= TextPattern.Batch)
        {
            Finish();
        }
    }

    /// <summary>Adds the parts of a piece that are not empty.</summary>
    /// <param name="piece">The piece.</param>
    /// <param name="pattern">What it is cut at.</param>
    /// <param name="invert">Whether what lies between the matches is the delimiter, rather than the matches.</param>
    /// <param name="behavior">What becomes of the delimiters.</param>
    public void Split(TextPiece piece, TextPattern pattern, bool invert, SplitBehavior behavior)
    {
        _matches.Clear();
        int done = 0;
        if (behavior is SplitBehavior.Isolated or SplitBehavior.Removed)
        {
            // Each part is by itself, so that the matches so far can be dealt with.
            pattern.FindMatches(piece.Span, _matches, () =>
            {
                int end = _matches[^1].End;
                Cut(piece, done, end, invert, behavior);
                done = end;
                _matches.Clear();
            });
        }
        else
        {
            pattern.FindMatches(piece.Span, _matches);
        }

        Cut(piece, done, piece.Length, invert, behavior);
    }

    /// <summary>Hands on what is left.</summary>
    public void Finish()
    {
        if (_pieces.Count > 0)
        {
            next(_pieces);
            _pieces.Clear();
        }
    }

    private void Cut(TextPiece piece, int from, int to, bool invert, SplitBehavior behavior)
    {
        PieceSplitter.Split(piece, from, to, _matches, invert, behavior, _pieces);
        if (_pieces.Count >= TextPattern.Batch)
        {
            Finish();
        }
    }
}
