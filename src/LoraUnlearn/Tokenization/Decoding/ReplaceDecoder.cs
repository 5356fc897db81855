using System.Text;
using LoraUnlearn.Tokenization.Patterns;

namespace LoraUnlearn.Tokenization.Decoding;

/// <summary>Replaces every match of a pattern in each piece by a string.</summary>
internal sealed class ReplaceDecoder(TextPattern pattern, string content) : ITokenDecoder
{
    /// <inheritdoc/>
    public List<string> Decode(List<string> pieces)
    {
        List<(int Start, int End)> matches = [];
        List<string> output = new(pieces.Count);
        StringBuilder replaced = new();
        foreach (string piece in pieces)
        {
            matches.Clear();
            if (piece.Length > 0)
            {
                pattern.FindMatches(piece, matches);
            }

            int copied = 0;
            replaced.Clear();
            foreach ((int start, int end) in matches)
            {
                replaced.Append(piece, copied, start - copied).Append(content);
                copied = end;
            }

            output.Add(matches.Count == 0 ? piece : replaced.Append(piece, copied, piece.Length - copied).ToString());
        }

        return output;
    }
}
