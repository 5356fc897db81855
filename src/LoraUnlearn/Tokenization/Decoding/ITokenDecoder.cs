namespace LoraUnlearn.Tokenization.Decoding;

/// <summary>A step on the way from tokens to text. Safe for concurrent use.</summary>
internal interface ITokenDecoder
{
    /// <summary>Rewrites the pieces, whose concatenation after the last step is the text.</summary>
    List<string> Decode(List<string> pieces);
}
