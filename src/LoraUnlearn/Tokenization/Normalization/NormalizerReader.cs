using LoraUnlearn.Tokenization.Json;
using LoraUnlearn.Tokenization.Patterns;
using LoraUnlearn.Tokenization.Unicode;

namespace LoraUnlearn.Tokenization.Normalization;

/// <summary>Reads the "normalizer" of a tokenizer file.</summary>
internal static class NormalizerReader
{
    private const string Supported =
        "ByteLevel, Lowercase, NFC, NFD, NFKC, NFKD, Nmt, Prepend, Replace, Sequence, Strip, StripAccents";

    /// <summary>Reads a normaliser.</summary>
    /// <exception cref="InputException">It is malformed or of a kind that is not supported.</exception>
    public static INormalizer Read(JsonPart part)
    {
        string type = part.GetComponentType();
        return type switch
        {
            "ByteLevel" => CharacterNormalizer.ByteLevel,
            "Lowercase" => CharacterNormalizer.Lowercase,
            "NFC" => new UnicodeFormNormalizer(UnicodeForm.Nfc),
            "NFD" => new UnicodeFormNormalizer(UnicodeForm.Nfd),
            "NFKC" => new UnicodeFormNormalizer(UnicodeForm.Nfkc),
            "NFKD" => new UnicodeFormNormalizer(UnicodeForm.Nfkd),
            "Nmt" => CharacterNormalizer.Nmt,
            "Prepend" => new PrependNormalizer(part.GetString("prepend")),
            "Replace" => new ReplaceNormalizer(PatternReader.Read(part.Get("pattern")), part.GetString("content")),
            "Sequence" => new SequenceNormalizer(part.GetItems("normalizers").Select(Read).ToArray()),
            "Strip" => new StripNormalizer(part.GetBoolean("strip_left"), part.GetBoolean("strip_right")),
            "StripAccents" => CharacterNormalizer.StripAccents,
            _ => throw part.UnknownType(type, Supported),
        };
    }
}
