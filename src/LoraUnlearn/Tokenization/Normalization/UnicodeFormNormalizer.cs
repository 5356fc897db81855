using LoraUnlearn.Tokenization.Unicode;

namespace LoraUnlearn.Tokenization.Normalization;

/// <summary>Brings text to a Unicode normalisation form: NFC, NFD, NFKC or NFKD.</summary>
internal sealed class UnicodeFormNormalizer(UnicodeForm form) : INormalizer
{
    /// <inheritdoc/>
    public NormalizedText Normalize(NormalizedText text)
    {
        string origin = UnicodeNormalization.Normalize(text.Text[..text.OriginPrefix], form);
        string normalized = UnicodeNormalization.Normalize(text.Text, form);
        return new NormalizedText(normalized, Math.Min(origin.Length, normalized.Length));
    }
}
