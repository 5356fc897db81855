namespace LoraUnlearn.Tokenization.PreTokenization;

/// <summary>Cuts text into the pieces that are tokenised each on its own. Safe for concurrent use.</summary>
internal interface IPreTokenizer
{
    /// <summary>Cuts each piece further, in batches: of a long text never all pieces are there at once.</summary>
    /// <param name="pieces">Pieces, none of them empty, in order.</param>
    /// <param name="next">Takes the pieces of all of them, none empty, in order; a list that it is given is its own until it returns.</param>
    void Cut(List<TextPiece> pieces, Action<List<TextPiece>> next);
}

/// <summary>A stretch of text between two cuts, without a copy.</summary>
/// <param name="Text">The text it lies in.</param>
/// <param name="Start">Where it begins, in UTF-16 units.</param>
/// <param name="Length">How many UTF-16 units it has.</param>
/// <param name="OriginPrefix">See <see cref="Normalization.NormalizedText"/>.</param>
internal readonly record struct TextPiece(string Text, int Start, int Length, int OriginPrefix)
{
    public ReadOnlySpan<char> Span => Text.AsSpan(Start, Length);

    public static TextPiece Of(string text, int originPrefix) => new(text, 0, text.Length, originPrefix);

    /// <summary>The part from start up to end, in UTF-16 units from the start of the piece.</summary>
    public TextPiece Slice(int start, int end) =>
        new(Text, Start + start, end - start, Math.Clamp(OriginPrefix - start, 0, end - start));
}

/// <summary>Applies pre-tokenisers one after the other, each to the pieces of the one before.</summary>
internal sealed class SequencePreTokenizer(IReadOnlyList<IPreTokenizer> preTokenizers) : IPreTokenizer
{
    /// <inheritdoc/>
    public void Cut(List<TextPiece> pieces, Action<List<TextPiece>> next) => Cut(0, pieces, next);

    private void Cut(int from, List<TextPiece> pieces, Action<List<TextPiece>> next)
    {
        if (from == preTokenizers.Count)
        {
            next(pieces);
        }
        else
        {
            preTokenizers[from].Cut(pieces, cut => Cut(from + 1, cut, next));
        }
    }
}
