using LoraUnlearn.Tokenization.Json;
using LoraUnlearn.Tokenization.Patterns;
using LoraUnlearn.Tokenization.PreTokenization;

namespace LoraUnlearn.Tokenization.Decoding;

/// <summary>Reads the "decoder" of a tokenizer file.</summary>
internal static class DecoderReader
{
    private const string Supported = "BPEDecoder, ByteFallback, ByteLevel, Fuse, Metaspace, Replace, Sequence, Strip";

    /// <summary>Reads a decoder.</summary>
    /// <exception cref="InputException">It is malformed or of a kind that is not supported.</exception>
    public static ITokenDecoder Read(JsonPart part)
    {
        string type = part.GetComponentType();
        return type switch
        {
            "BPEDecoder" => new SuffixDecoder(part.GetString("suffix")),
            "ByteFallback" => new ByteFallbackDecoder(),
            "ByteLevel" => new ByteLevelDecoder(),
            "Fuse" => new FuseDecoder(),
            "Metaspace" => new MetaspaceDecoder(part.GetCharacter("replacement"), PrependSchemeReader.Read(part)),
            "Replace" => new ReplaceDecoder(PatternReader.Read(part.Get("pattern")), part.GetString("content")),
            "Sequence" => new SequenceDecoder(part.GetItems("decoders").Select(Read).ToArray()),
            "Strip" => new StripDecoder(part.GetCharacter("content"), part.GetCount("start"), part.GetCount("stop")),
            _ => throw part.UnknownType(type, Supported),
        };
    }
}
