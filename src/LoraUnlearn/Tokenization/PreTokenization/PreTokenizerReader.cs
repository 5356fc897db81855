using LoraUnlearn.Tokenization.Json;
using LoraUnlearn.Tokenization.Patterns;
using LoraUnlearn.Tokenization.Unicode;

namespace LoraUnlearn.Tokenization.PreTokenization;

/// <summary>Reads the "pre_tokenizer" of a tokenizer file.</summary>
internal static class PreTokenizerReader
{
    private static readonly ComponentReader<IPreTokenizer> Kinds = new("pretokenizers", items => new SequencePreTokenizer(items), new Dictionary<string, Func<JsonPart, IPreTokenizer>>
    {
        ["BertPreTokenizer"] = _ => new SequencePreTokenizer(
            [AtCharacters(CodePoints.IsWhiteSpace, SplitBehavior.Removed), AtCharacters(CodePoints.IsPunctuation, SplitBehavior.Isolated)]),
        ["ByteLevel"] = part => ReadByteLevel(part),
        ["Digits"] = part => AtCharacters(
            CodePoints.IsNumeric, part.GetBoolean("individual_digits") ? SplitBehavior.Isolated : SplitBehavior.Contiguous),
        ["Metaspace"] = part => new MetaspacePreTokenizer(
            part.GetCharacter("replacement"), PrependSchemeReader.Read(part), !part.Has("split") || part.GetBoolean("split")),
        ["Punctuation"] = part => AtCharacters(
            CodePoints.IsPunctuation, part.Has("behavior") ? ReadBehavior(part.Get("behavior")) : SplitBehavior.Isolated),
        ["Split"] = part => new SplitPreTokenizer(
            PatternReader.Read(part.Get("pattern")), ReadBehavior(part.Get("behavior")), part.GetBoolean("invert")),
        ["Whitespace"] = _ => new SplitPreTokenizer(new WordPattern(), SplitBehavior.Removed, invert: true),
        ["WhitespaceSplit"] = _ => AtCharacters(CodePoints.IsWhiteSpace, SplitBehavior.Removed),
    });

    /// <exception cref="InputException">It is malformed or of a kind that is not supported.</exception>
    public static IPreTokenizer Read(JsonPart part) => Kinds.Read(part);

    private static SplitPreTokenizer AtCharacters(Func<int, bool> delimiters, SplitBehavior behavior) =>
        new(new CharacterPattern(delimiters), behavior, invert: false);

    private static ByteLevelPreTokenizer ReadByteLevel(JsonPart part)
    {
        // Concerns offsets alone, but the format requires it.
        part.GetBoolean("trim_offsets");
        return new ByteLevelPreTokenizer(part.GetBoolean("add_prefix_space"), part.GetBoolean("use_regex", otherwise: true));
    }

    private static SplitBehavior ReadBehavior(JsonPart part)
    {
        string name = part.AsString();
        return Enum.GetNames<SplitBehavior>().Contains(name)
            ? Enum.Parse<SplitBehavior>(name)
            : throw part.Error($"is '{name}'; one of {string.Join(", ", Enum.GetNames<SplitBehavior>())} was expected");
    }
}
