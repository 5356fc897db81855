namespace LoraUnlearn.Tokenization.Decoding;

/// <summary>Joins all pieces into one, for decoders after it that look at the ends of the whole text.</summary>
internal sealed class FuseDecoder : ITokenDecoder
{
    /// <inheritdoc/>
    public List<string> Decode(List<string> pieces) => [string.Concat(pieces)];
}
