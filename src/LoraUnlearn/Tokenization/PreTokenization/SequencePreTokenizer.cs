namespace LoraUnlearn.Tokenization.PreTokenization;

/// <summary>Applies pre-tokenisers one after the other, each to the pieces of the one before.</summary>
internal sealed class SequencePreTokenizer(IReadOnlyList<IPreTokenizer> preTokenizers) : IPreTokenizer
{
    /// <inheritdoc/>
    public List<TextPiece> Cut(List<TextPiece> pieces)
    {
        foreach (IPreTokenizer preTokenizer in preTokenizers)
        {
            pieces = preTokenizer.Cut(pieces);
        }

        return pieces;
    }
}
