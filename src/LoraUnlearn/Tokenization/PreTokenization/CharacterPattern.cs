using LoraUnlearn.Tokenization.Patterns;
using LoraUnlearn.Tokenization.Unicode;

namespace LoraUnlearn.Tokenization.PreTokenization;

/// <summary>Matches every single character of a class.</summary>
internal sealed class CharacterPattern(Func<int, bool> contains) : TextPattern
{
    /// <inheritdoc/>
    public override void FindMatches(ReadOnlySpan<char> text, List<(int Start, int End)> matches)
    {
        for (int i = 0; i < text.Length;)
        {
            int codePoint = CodePoints.At(text, i, out int units);
            if (contains(codePoint))
            {
                matches.Add((i, i + units));
            }

            i += units;
        }
    }
}
