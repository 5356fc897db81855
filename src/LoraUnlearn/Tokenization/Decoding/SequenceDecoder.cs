namespace LoraUnlearn.Tokenization.Decoding;

/// <summary>Applies decoders one after the other.</summary>
internal sealed class SequenceDecoder(IReadOnlyList<ITokenDecoder> decoders) : ITokenDecoder
{
    /// <inheritdoc/>
    public List<string> Decode(List<string> pieces)
    {
        foreach (ITokenDecoder decoder in decoders)
        {
            pieces = decoder.Decode(pieces);
        }

        return pieces;
    }
}
