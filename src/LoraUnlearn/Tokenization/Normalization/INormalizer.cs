namespace LoraUnlearn.Tokenization.Normalization;

/// <summary>Rewrites text before it is split into words. Safe for concurrent use.</summary>
internal interface INormalizer
{
    /// <summary>The rewritten text.</summary>
    NormalizedText Normalize(NormalizedText text);
}
