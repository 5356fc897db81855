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
