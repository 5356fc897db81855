namespace LoraUnlearn.Tokenization.Decoding;

/// <summary>A step on the way from tokens to text. Safe for concurrent use.</summary>
internal interface ITokenDecoder
{
    /// <summary>Rewrites the pieces, whose concatenation after the last step is the text.</summary>
    List<string> Decode(List<string> pieces);
}

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

/// <summary>Joins all pieces into one, for decoders after it that look at the ends of the whole text.</summary>
internal sealed class FuseDecoder : ITokenDecoder
{
    /// <inheritdoc/>
    public List<string> Decode(List<string> pieces) => [string.Concat(pieces)];
}
