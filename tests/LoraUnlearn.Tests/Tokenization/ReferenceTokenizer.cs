using System.Text;
using LoraUnlearn.Tokenization;

namespace LoraUnlearn.Tests.Tokenization;

/// <summary>
/// One tokenizer.json in two readings: ours, and that of Hugging Face's own library (tokenizers 0.22.2, in Rust). The
/// library always adds the post-processor's tokens, and leaves special tokens out of decoded text.
/// </summary>
internal sealed class ReferenceTokenizer : IDisposable
{
    private readonly Tokenizers.DotNet.Tokenizer _reference;
    private readonly Tokenizer _ours;

    public ReferenceTokenizer(string path)
    {
        _reference = new Tokenizers.DotNet.Tokenizer(path);
        _ours = Tokenizer.Load(path);
    }

    /// <summary>Null where the library can be loaded; otherwise why its tests are skipped.</summary>
    public static string? ReasonToSkip { get; } = FindReason();

    /// <summary>What differs between the two for a text: null where nothing does.</summary>
    public string? Difference(string text)
    {
        uint[] expected = _reference.Encode(text);
        int[] expectedIds = Array.ConvertAll(expected, id => (int)id);
        int[] ids = _ours.Encode(text, addSpecialTokens: true);
        if (!ids.SequenceEqual(expectedIds))
        {
            return $"{Quoted(text)} gives {string.Join(' ', ids)} instead of {string.Join(' ', expectedIds)}";
        }

        string decoded = _ours.Decode(expectedIds, skipSpecialTokens: true);
        string expectedText = _reference.Decode(expected);
        return decoded == expectedText ? null : $"{Quoted(text)} comes back as {Quoted(decoded)} instead of {Quoted(expectedText)}";
    }

    /// <summary>Whether both give the same ids.</summary>
    public bool Agree(string text) =>
        _ours.Encode(text, addSpecialTokens: true).SequenceEqual(Array.ConvertAll(_reference.Encode(text), id => (int)id));

    public void Dispose() => _reference.Dispose();

    private static string Quoted(string text) =>
        $"\"{string.Concat(text.Select(unit => unit is >= ' ' and <= '~' ? unit.ToString() : $"\\u{(int)unit:X4}"))}\"";

    private static string? FindReason()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, ByteVocabulary.Document("null", "null"), new UTF8Encoding(false));
            using Tokenizers.DotNet.Tokenizer tokenizer = new(path);
            return null;
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException or TypeInitializationException)
        {
            return $"Hugging Face's library cannot be loaded here: {e.Message}";
        }
        finally
        {
            File.Delete(path);
        }
    }
}

/// <summary>A fact that needs Hugging Face's library; skipped, with the reason, where it cannot be loaded.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ReferenceTheoryAttribute : TheoryAttribute
{
    public ReferenceTheoryAttribute() => Skip = ReferenceTokenizer.ReasonToSkip;
}

/// <summary>A tokenizer of 256 tokens, one a byte: its ids are the UTF-8 of what normaliser and pre-tokeniser leave.</summary>
internal static class ByteVocabulary
{
    public static string Document(string normalizer, string preTokenizer)
    {
        IEnumerable<string> tokens = Enumerable.Range(0, 256).Select(value => $"\"{Escaped(Character(value))}\":{value}");
        return $$$"""
            {"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":{{{normalizer}}},"pre_tokenizer":{{{preTokenizer}}},
             "post_processor":null,"decoder":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true},
             "model":{"type":"BPE","dropout":null,"unk_token":null,"continuing_subword_prefix":null,"end_of_word_suffix":null,
              "fuse_unk":false,"byte_fallback":false,"vocab":{ {{{string.Join(',', tokens)}}} },"merges":[]} }
            """;
    }

    private static string Escaped(char character) => $"\\u{(int)character:x4}";

    // Printable Latin-1 bytes stand for themselves, the others for U+0100 and on.
    private static char Character(int value) =>
        Printable(value) ? (char)value : (char)(0x100 + Enumerable.Range(0, value).Count(lower => !Printable(lower)));

    private static bool Printable(int value) => value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE;
}
