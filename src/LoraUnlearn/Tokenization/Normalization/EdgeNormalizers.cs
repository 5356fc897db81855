using LoraUnlearn.Tokenization.Unicode;

namespace LoraUnlearn.Tokenization.Normalization;

/// <summary>Puts a string before text that is not empty.</summary>
internal sealed class PrependNormalizer(string prefix) : INormalizer
{
    /// <inheritdoc/>
    public NormalizedText Normalize(NormalizedText text) =>
        text.Text.Length == 0
            ? text
            : new NormalizedText(prefix + text.Text, text.OriginPrefix == 0 ? 0 : text.OriginPrefix + prefix.Length);
}

/// <summary>Removes white space from the ends of the text.</summary>
internal sealed class StripNormalizer(bool left, bool right) : INormalizer
{
    /// <inheritdoc/>
    public NormalizedText Normalize(NormalizedText text)
    {
        // White space lies wholly in the basic plane: one unit a character.
        int start = 0;
        while (left && start < text.Text.Length && CodePoints.IsWhiteSpace(text.Text[start]))
        {
            start++;
        }

        int end = text.Text.Length;
        while (right && end > start && CodePoints.IsWhiteSpace(text.Text[end - 1]))
        {
            end--;
        }

        return new NormalizedText(text.Text[start..end], Math.Clamp(text.OriginPrefix - start, 0, end - start));
    }
}
