using LoraUnlearn.Tokenization.Patterns;
using LoraUnlearn.Tokenization.Unicode;

namespace LoraUnlearn.Tokenization.PreTokenization;

/// <summary>Matches runs of word characters, and runs of characters that are neither word characters nor white space.</summary>
internal sealed class WordPattern : TextPattern
{
    /// <inheritdoc/>
    public override void FindMatches(ReadOnlySpan<char> text, List<(int Start, int End)> matches)
    {
        int previousKind = 0;
        for (int i = 0; i < text.Length;)
        {
            int codePoint = CodePoints.At(text, i, out int units);
            int kind = CodePoints.IsWord(codePoint) ? 1 : CodePoints.IsWhiteSpace(codePoint) ? 0 : 2;
            if (kind != 0 && kind == previousKind)
            {
                matches[^1] = (matches[^1].Start, i + units);
            }
            else if (kind != 0)
            {
                matches.Add((i, i + units));
            }

            previousKind = kind;
            i += units;
        }
    }
}
