using System.Text;
using LoraUnlearn.Tokenization.Patterns;

namespace LoraUnlearn.Tokenization.Normalization;

/// <summary>Replaces every match of a pattern by a string.</summary>
internal sealed class ReplaceNormalizer(TextPattern pattern, string content) : INormalizer
{
    /// <inheritdoc/>
    public NormalizedText Normalize(NormalizedText text)
    {
        // The library that defines the format finds no match in an empty text.
        if (text.Text.Length == 0)
        {
            return text;
        }

        List<(int Start, int End)> matches = [];
        pattern.FindMatches(text.Text, matches);
        if (matches.Count == 0)
        {
            return text;
        }

        StringBuilder output = new(text.Text.Length + (matches.Count * content.Length));
        int originPrefix = 0;
        int copied = 0;
        foreach ((int start, int end) in matches)
        {
            output.Append(text.Text, copied, start - copied);
            originPrefix += Math.Clamp(text.OriginPrefix - copied, 0, start - copied);
            output.Append(content);

            // What is put in stems from the last character that it takes the place of.
            originPrefix += end <= text.OriginPrefix && text.OriginPrefix > 0 ? content.Length : 0;
            copied = end;
        }

        output.Append(text.Text, copied, text.Text.Length - copied);
        originPrefix += Math.Clamp(text.OriginPrefix - copied, 0, text.Text.Length - copied);
        return new NormalizedText(output.ToString(), originPrefix);
    }
}
