using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoraUnlearn.Tokenization;

namespace LoraUnlearn.Tests.Tokenization;

/// <summary>A small tokenizer.json written in a test.</summary>
internal sealed class TokenizerDocument
{
    public const string Source = "test.json";

    private readonly JsonObject _model = new()
    {
        ["type"] = "BPE",
        ["dropout"] = null,
        ["unk_token"] = null,
        ["continuing_subword_prefix"] = null,
        ["end_of_word_suffix"] = null,
        ["fuse_unk"] = false,
        ["byte_fallback"] = false,
        ["vocab"] = new JsonObject(),
        ["merges"] = new JsonArray(),
    };

    private readonly JsonObject _root;

    public TokenizerDocument()
    {
        _root = new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray(),
            ["normalizer"] = null,
            ["pre_tokenizer"] = null,
            ["post_processor"] = null,
            ["decoder"] = null,
            ["model"] = _model,
        };
    }

    /// <summary>A document whose every word of the vocabulary is taken whole, and every other character singly.</summary>
    public static TokenizerDocument OfWholeWords(IEnumerable<string> words, string otherText)
    {
        IEnumerable<string> characters = otherText.EnumerateRunes().Select(rune => rune.ToString());
        return new TokenizerDocument()
            .Vocabulary(words.Concat(characters).Distinct(StringComparer.Ordinal).ToArray())
            .Model("ignore_merges", "true");
    }

    public TokenizerDocument Vocabulary(params string[] tokens)
    {
        JsonObject vocabulary = [];
        for (int id = 0; id < tokens.Length; id++)
        {
            vocabulary[tokens[id]] = id;
        }

        _model["vocab"] = vocabulary;
        return this;
    }

    public TokenizerDocument Merges(params string[] merges)
    {
        _model["merges"] = new JsonArray(merges.Select(merge => (JsonNode)merge).ToArray());
        return this;
    }

    public TokenizerDocument Model(string key, string json)
    {
        _model[key] = JsonNode.Parse(json);
        return this;
    }

    public TokenizerDocument Part(string key, string json)
    {
        _root[key] = JsonNode.Parse(json);
        return this;
    }

    public TokenizerDocument Without(string key)
    {
        if (!_root.Remove(key))
        {
            _model.Remove(key);
        }

        return this;
    }

    public TokenizerDocument Added(
        int id, string content, bool special = false, bool normalized = false, bool leftStrip = false,
        bool rightStrip = false, bool singleWord = false)
    {
        _root["added_tokens"]!.AsArray().Add(new JsonObject
        {
            ["id"] = id,
            ["content"] = content,
            ["single_word"] = singleWord,
            ["lstrip"] = leftStrip,
            ["rstrip"] = rightStrip,
            ["normalized"] = normalized,
            ["special"] = special,
        });
        return this;
    }

    public byte[] ToBytes() => Encoding.UTF8.GetBytes(_root.ToJsonString(new JsonSerializerOptions { MaxDepth = 1000 }));

    public Tokenizer Build() => Tokenizer.Parse(ToBytes(), Source);

    /// <summary>The tokens that a text becomes.</summary>
    public string[] Tokens(string text, bool addSpecialTokens = false, bool parseSpecial = true)
    {
        Tokenizer tokenizer = Build();
        return tokenizer.Encode(text, addSpecialTokens, parseSpecial).Select(id => tokenizer.IdToToken(id)!).ToArray();
    }
}
