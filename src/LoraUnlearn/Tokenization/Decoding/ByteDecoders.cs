using System.Globalization;
using System.Text;
using LoraUnlearn.Tokenization.Unicode;

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

/// <summary>
/// Joins runs of byte tokens such as &lt;0xE2&gt; into text; a run that is not UTF-8 becomes a replacement character for
/// each of its bytes.
/// </summary>
internal sealed class ByteFallbackDecoder : ITokenDecoder
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <inheritdoc/>
    public List<string> Decode(List<string> pieces)
    {
        List<string> output = new(pieces.Count);
        List<byte> run = [];
        foreach (string piece in pieces)
        {
            if (TryReadByte(piece, out byte value))
            {
                run.Add(value);
                continue;
            }

            EndRun(run, output);
            output.Add(piece);
        }

        EndRun(run, output);
        return output;
    }

    private static bool TryReadByte(string piece, out byte value)
    {
        value = 0;
        return piece.Length == 6 && piece.StartsWith("<0x", StringComparison.Ordinal) && piece[5] == '>'
            && byte.TryParse(piece.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    private static void EndRun(List<byte> run, List<string> output)
    {
        if (run.Count == 0)
        {
            return;
        }

        try
        {
            output.Add(Strict.GetString(run.ToArray()));
        }
        catch (DecoderFallbackException)
        {
            output.AddRange(Enumerable.Repeat(CodePoints.Replacement.ToString(), run.Count));
        }

        run.Clear();
    }
}
