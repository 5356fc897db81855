using LoraUnlearn.Tokenization.Json;
using LoraUnlearn.Tokenization.Patterns;
using LoraUnlearn.Tokenization.Unicode;

namespace LoraUnlearn.Tokenization.Normalization;

/// <summary>Reads the "normalizer" of a tokenizer file.</summary>
internal static class NormalizerReader
{
    private static readonly ComponentReader<INormalizer> Kinds = new("normalizers", items => new SequenceNormalizer(items), new Dictionary<string, Func<JsonPart, INormalizer>>
    {
        ["ByteLevel"] = _ => CharacterNormalizer.ByteLevel,
        ["Lowercase"] = _ => CharacterNormalizer.Lowercase,
        ["NFC"] = _ => new UnicodeFormNormalizer(UnicodeForm.Nfc),
        ["NFD"] = _ => new UnicodeFormNormalizer(UnicodeForm.Nfd),
        ["NFKC"] = _ => new UnicodeFormNormalizer(UnicodeForm.Nfkc),
        ["NFKD"] = _ => new UnicodeFormNormalizer(UnicodeForm.Nfkd),
        ["Nmt"] = _ => CharacterNormalizer.Nmt,
        ["Prepend"] = part => new PrependNormalizer(part.GetString("prepend")),
        ["Replace"] = part => new ReplaceNormalizer(PatternReader.Read(part.Get("pattern")), part.GetString("content")),
        ["Strip"] = part => new StripNormalizer(part.GetBoolean("strip_left"), part.GetBoolean("strip_right")),
        ["StripAccents"] = _ => CharacterNormalizer.StripAccents,
    });

    /// <exception cref="InputException">It is malformed or of a kind that is not supported.</exception>
    public static INormalizer Read(JsonPart part) => Kinds.Read(part);
}
