using System.Text;
using LoraUnlearn.Tokenization;

namespace LoraUnlearn.Tests.Data;

/// <summary>A tokenizer one can follow by hand: an id is a byte, plus special tokens and strings that merge to one id.</summary>
internal sealed class ToyEncoder : ITextEncoder
{
    public const int Bos = 256;
    public const int Eos = 257;

    private readonly Dictionary<string, int> _special = new() { ["<s>"] = Bos, ["</s>"] = Eos };
    private readonly Dictionary<string, int> _merged = [];

    public bool AddsBos { get; init; }

    public int VocabularySize => 258 + _special.Count - 2 + _merged.Count;

    public ToyEncoder WithSpecial(string text)
    {
        _special[text] = VocabularySize;
        return this;
    }

    public ToyEncoder WithMerge(string text)
    {
        _merged[text] = VocabularySize;
        return this;
    }

    public bool IsSpecial(int id) => _special.ContainsValue(id);

    public int Id(string text) => _special.TryGetValue(text, out int id) ? id : _merged[text];

    public int[] Encode(string text, bool addSpecialTokens = false, bool parseSpecial = true)
    {
        List<int> ids = AddsBos && addSpecialTokens ? [Bos] : [];
        int at = 0;
        while (at < text.Length)
        {
            KeyValuePair<string, int> known = _merged.Concat(parseSpecial ? _special : [])
                .FirstOrDefault(entry => string.CompareOrdinal(text, at, entry.Key, 0, entry.Key.Length) == 0);
            if (known.Key is not null)
            {
                ids.Add(known.Value);
                at += known.Key.Length;
            }
            else
            {
                ids.AddRange(Encoding.UTF8.GetBytes(text.Substring(at, 1)).Select(b => (int)b));
                at++;
            }
        }

        return [.. ids];
    }

    public static int[] Bytes(string text) => [.. Encoding.UTF8.GetBytes(text).Select(b => (int)b)];
}
