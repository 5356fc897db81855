using LoraUnlearn.Tokenization.Json;
using LoraUnlearn.Tokenization.Patterns;
using LoraUnlearn.Tokenization.PreTokenization;

namespace LoraUnlearn.Tokenization.Decoding;

/// <summary>Reads the "decoder" of a tokenizer file.</summary>
internal static class DecoderReader
{
    private static readonly ComponentReader<ITokenDecoder> Kinds = new("decoders", items => new SequenceDecoder(items), new Dictionary<string, Func<JsonPart, ITokenDecoder>>
    {
        ["BPEDecoder"] = part => new SuffixDecoder(part.GetString("suffix")),
        ["ByteFallback"] = _ => new ByteFallbackDecoder(),
        ["ByteLevel"] = _ => new ByteLevelDecoder(),
        ["Fuse"] = _ => new FuseDecoder(),
        ["Metaspace"] = part => new MetaspaceDecoder(part.GetCharacter("replacement"), PrependSchemeReader.Read(part)),
        ["Replace"] = part => new ReplaceDecoder(PatternReader.Read(part.Get("pattern")), part.GetString("content")),
        ["Strip"] = part => new StripDecoder(part.GetCharacter("content"), part.GetCount("start"), part.GetCount("stop")),
    });

    /// <exception cref="InputException">It is malformed or of a kind that is not supported.</exception>
    public static ITokenDecoder Read(JsonPart part) => Kinds.Read(part);
}
