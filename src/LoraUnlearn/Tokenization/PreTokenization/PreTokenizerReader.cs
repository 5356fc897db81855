using LoraUnlearn.Tokenization.Json;
using LoraUnlearn.Tokenization.Patterns;
using LoraUnlearn.Tokenization.Unicode;

namespace LoraUnlearn.Tokenization.PreTokenization;

/// <summary>Reads the "pre_tokenizer" of a tokenizer file.</summary>
internal static class PreTokenizerReader
{
    private const string Supported =
        "BertPreTokenizer, ByteLevel, Digits, Metaspace, Punctuation, Sequence, Split, Whitespace, WhitespaceSplit";

    /// <summary>Reads a pre-tokeniser.</summary>
    /// <exception cref="InputException">It is malformed or of a kind that is not supported.</exception>
    public static IPreTokenizer Read(JsonPart part)
    {
        string type = part.GetComponentType();
        return type switch
        {
            "BertPreTokenizer" => new SequencePreTokenizer(
                [AtCharacters(CodePoints.IsWhiteSpace, SplitBehavior.Removed), AtCharacters(CodePoints.IsPunctuation, SplitBehavior.Isolated)]),
            "ByteLevel" => ReadByteLevel(part),
            "Digits" => AtCharacters(
                CodePoints.IsNumeric, part.GetBoolean("individual_digits") ? SplitBehavior.Isolated : SplitBehavior.Contiguous),
            "Metaspace" => new MetaspacePreTokenizer(
                part.GetCharacter("replacement"), PrependSchemeReader.Read(part), !part.Has("split") || part.GetBoolean("split")),
            "Punctuation" => AtCharacters(
                CodePoints.IsPunctuation, part.Has("behavior") ? ReadBehavior(part.Get("behavior")) : SplitBehavior.Isolated),
            "Sequence" => new SequencePreTokenizer(part.GetItems("pretokenizers").Select(Read).ToArray()),
            "Split" => new SplitPreTokenizer(
                PatternReader.Read(part.Get("pattern")), ReadBehavior(part.Get("behavior")), part.GetBoolean("invert")),
            "Whitespace" => new SplitPreTokenizer(new WordPattern(), SplitBehavior.Removed, invert: true),
            "WhitespaceSplit" => AtCharacters(CodePoints.IsWhiteSpace, SplitBehavior.Removed),
            _ => throw part.UnknownType(type, Supported),
        };
    }

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
