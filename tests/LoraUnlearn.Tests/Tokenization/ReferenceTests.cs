using System.Text;
using System.Text.RegularExpressions;
using LoraUnlearn.Tests.Support;
using LoraUnlearn.Tokenization.Patterns;

namespace LoraUnlearn.Tests.Tokenization;

/// <summary>Every tokenizer at hand against Hugging Face's library, on seeded random and adversarial text.</summary>
public class ReferenceTests
{
    private const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private static readonly string[] Fragments =
    [
        "<|endoftext|>", "<|endoftext|", "<s>", "</s>", "<unk>", "<|pad|>", "<|user|> \n", "<|assistant|>", "<|padding|>", "<|end|>\n\n",
        "  ", "     ", "\r\n", "<0x0A>", "<0xZZ>", "▁", "▁▁", "Ġ", "Ċ", "the", "The", "'ll", "'LL", "don't", "'ſ", "1234567", "½Ⅷ", "ﬁ", "İ", "K",
        "\U0001F469\u200D\U0001F469\u200D\U0001F467", "\U0001F1E9\U0001F1EA", "\u1112\u1161\u11AB", "한국어", "\U0001D573", "\U00010437", "A\u030A", "\u1E9B\u0323",
        "\u0344", "a\u0315\u0300\u05AE\u0300b", "\u212B", "\u0958", "\U0001D15E", "\0", "\u007F", "\uFEFF", "\uFFFD", "\uFFFF", "\uE000", "\U0010FFFF", "\u2028", "\u0085",
    ];

    [ReferenceTheory]
    [InlineData("shared/fixtures/tokenizers/gpt2")]
    [InlineData("shared/fixtures/tokenizers/pythia")]
    [InlineData("shared/fixtures/tokenizers/phi-3-mini")]
    [InlineData("shared/models/stories260K")]
    [InlineData("shared/models/tofu-llama-full")]
    [InlineData("shared/models/tofu-llama-retain90")]
    [InlineData("src/LoraUnlearn.Cli/Demo")]
    public void Random_text_gives_the_ids_and_the_text_of_the_reference(string folder)
    {
        string path = folder.StartsWith("shared/", StringComparison.Ordinal)
            ? Repository.InShared(folder["shared/".Length..])
            : Path.Combine(Repository.Root, folder);
        if (!Directory.Exists(path))
        {
            // The demo's tokenizer is always there; the others are where the shared material is.
            Console.WriteLine($"{path} is not there: nothing compared.");
            return;
        }

        using ReferenceTokenizer both = new(Path.Combine(path, "tokenizer.json"));
        string[] texts = [.. RandomText.Samples(seed: 29, count: 1000), .. Mixtures(seed: 31, count: 1500)];
        Assert.Empty(texts.Select(both.Difference).Where(difference => difference is not null).Take(3));
    }

    /// <summary>Merges of tokens that hold spaces: as pairs only, for a line is cut at its space.</summary>
    [ReferenceTheory]
    [InlineData("""[[" ", "a"], [" a", " a"], ["  ", "a"], [" ", " "]]""")]
    public void Merges_of_tokens_with_spaces_give_the_ids_of_the_reference(string merges)
    {
        TokenizerDocument document = new TokenizerDocument().Vocabulary("a", " ", " a", " a a", "  ", "  a").Model("merges", merges);
        Assert.Equal([" a a"], document.Tokens(" a a"));
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, document.ToBytes());
            using ReferenceTokenizer both = new(path);
            Random random = new(5);
            IEnumerable<string> texts = Enumerable.Range(0, 200).Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 20)).Select(_ => random.Next(2) == 0 ? 'a' : ' ')));
            Assert.Empty(texts.Where(text => !both.Agree(text)).Take(3));
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Why .NET's Regex does not cut text here: it takes each half of a surrogate pair for a character, and neither for a letter.</summary>
    [ReferenceTheory]
    [InlineData("\u0344\U000205F2")]
    [InlineData("a\U0001D7DA\U00010437b")]
    public void Letters_beyond_the_basic_plane_are_cut_as_the_reference_does_and_not_as_Regex_does(string text)
    {
        List<(int Start, int End)> pieces = [];
        new RegexPattern(Gpt2, "test").FindMatches(text, pieces);
        Assert.NotEqual(pieces, Regex.Matches(text, Gpt2).Select(match => (match.Index, match.Index + match.Length)));
        string path = Path.GetTempFileName();
        try
        {
            string parts = """{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":false}""";
            string split = $$"""{"type":"Split","pattern":{"Regex":"{{Gpt2.Replace(@"\", @"\\", StringComparison.Ordinal)}}"},"behavior":"Isolated","invert":false}""";
            File.WriteAllText(path, ByteVocabulary.Document("null", $$"""{"type":"Sequence","pretokenizers":[{{split}},{{parts}}]}"""));
            using ReferenceTokenizer both = new(path);
            Assert.Null(both.Difference(text)); // a space before each piece shows where it begins
        }
        finally
        {
            File.Delete(path);
        }
    }

    // Long texts are cut and encoded in batches of some thousand pieces; a token that was cut at a batch's end would show.
    [ReferenceTheory]
    [InlineData("src/LoraUnlearn.Cli/Demo")]
    [InlineData("shared/fixtures/tokenizers/pythia")]
    [InlineData("shared/models/stories260K")]
    public void A_long_text_gives_the_ids_of_the_reference(string folder)
    {
        string path = folder.StartsWith("shared/", StringComparison.Ordinal)
            ? Repository.InShared(folder["shared/".Length..])
            : Path.Combine(Repository.Root, folder);
        if (!Directory.Exists(path))
        {
            Console.WriteLine($"{path} is not there: nothing compared.");
            return;
        }

        using ReferenceTokenizer both = new(Path.Combine(path, "tokenizer.json"));
        string text = string.Concat(Mixtures(seed: 37, count: 4000));
        Assert.True(both.Agree(text));
        LoraUnlearn.Tokenization.Tokenizer ours = LoraUnlearn.Tokenization.Tokenizer.Load(path);
        List<int> parts = [];
        ours.EncodeInParts(text, parseSpecial: true, parts.AddRange);
        Assert.Equal(ours.Encode(text), parts);
        Assert.True(parts.Count > 3 * 4096);
    }

    private static IEnumerable<string> Mixtures(int seed, int count)
    {
        Random random = new(seed);
        for (int i = 0; i < count; i++)
        {
            StringBuilder text = new();
            for (int j = random.Next(24); j > 0; j--)
            {
                string fragment = Fragments[random.Next(Fragments.Length)];
                text.Append(random.Next(6) == 0 ? new StringBuilder().Insert(0, fragment, random.Next(40)).ToString() : fragment);
                text.Append(random.Next(3) == 0 ? " " : "");
            }

            yield return text.ToString();
        }
    }
}
