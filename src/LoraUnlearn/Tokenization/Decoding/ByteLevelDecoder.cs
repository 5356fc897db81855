using System.Text;

namespace LoraUnlearn.Tokenization.Decoding;

/// <summary>Turns characters of the <see cref="ByteLevelAlphabet"/> back into bytes, and these into text.</summary>
internal sealed class ByteLevelDecoder : ITokenDecoder
{
    /// <inheritdoc/>
    public List<string> Decode(List<string> pieces)
    {
        List<byte> bytes = new(pieces.Sum(piece => piece.Length));
        foreach (string piece in pieces)
        {
            ByteLevelAlphabet.AppendDecoded(piece, bytes);
        }

        return [Encoding.UTF8.GetString(bytes.ToArray())];
    }
}
