namespace LoraUnlearn.Tokenization.Normalization;

/// <summary>Rewrites text before it is split into words. Safe for concurrent use.</summary>
internal interface INormalizer
{
    /// <summary>The text rewritten, with how much of its start stems from the first character of the input.</summary>
    NormalizedText Normalize(NormalizedText text);
}

/// <summary>A piece of the input on its way through the normalisers.</summary>
/// <param name="Text">The text.</param>
/// <param name="OriginPrefix">
/// How many leading UTF-16 units stem from the very first character of the whole input; 0 for a piece that begins
/// later. A Metaspace that prepends to the first word only asks for this.
/// </param>
internal readonly record struct NormalizedText(string Text, int OriginPrefix);

/// <summary>Applies normalisers one after the other.</summary>
internal sealed class SequenceNormalizer(IReadOnlyList<INormalizer> normalizers) : INormalizer
{
    /// <inheritdoc/>
    public NormalizedText Normalize(NormalizedText text)
    {
        foreach (INormalizer normalizer in normalizers)
        {
            text = normalizer.Normalize(text);
        }

        return text;
    }
}
