using System.Text.Json.Nodes;

namespace LoraUnlearn.DemoModel.Tokenization;

/// <summary>Writes a byte-level BPE vocabulary as the tokenizer files of a Hugging Face model folder.</summary>
internal static class TokenizerFiles
{
    /// <summary>The name and content of each file.</summary>
    /// <param name="vocabulary">Its first special token ends a text, its second pads.</param>
    /// <param name="maxLength">The longest sequence the model is made for, in tokens.</param>
    public static IEnumerable<(string Name, JsonObject Content)> Describe(BytePairVocabulary vocabulary, int maxLength)
    {
        string end = vocabulary.SpecialTokens[0];
        string pad = vocabulary.SpecialTokens[1];
        yield return ("tokenizer.json", Tokenizer(vocabulary));
        yield return ("tokenizer_config.json", Configuration(vocabulary, end, pad, maxLength));
        yield return ("special_tokens_map.json", new JsonObject { ["bos_token"] = end, ["eos_token"] = end, ["pad_token"] = pad });
    }

    private static JsonObject Tokenizer(BytePairVocabulary vocabulary) => new()
    {
        ["version"] = "1.0",
        ["truncation"] = null,
        ["padding"] = null,
        ["added_tokens"] = new JsonArray([.. vocabulary.SpecialTokens.Select(SpecialToken)]),
        ["normalizer"] = null,
        ["pre_tokenizer"] = ByteLevel(trimOffsets: true),
        ["post_processor"] = ByteLevel(trimOffsets: false),
        ["decoder"] = ByteLevel(trimOffsets: true),
        ["model"] = new JsonObject
        {
            ["type"] = "BPE",
            ["dropout"] = null,
            ["unk_token"] = null,
            ["continuing_subword_prefix"] = null,
            ["end_of_word_suffix"] = null,
            ["fuse_unk"] = false,
            ["byte_fallback"] = false,
            ["ignore_merges"] = false,
            ["vocab"] = new JsonObject(vocabulary.Tokens.Select((token, id) => KeyValuePair.Create(token, (JsonNode?)id))),
            ["merges"] = new JsonArray([.. vocabulary.Merges.Select(merge => (JsonNode)$"{merge.Left} {merge.Right}")]),
        },
    };

    private static JsonObject Configuration(BytePairVocabulary vocabulary, string end, string pad, int maxLength)
    {
        JsonObject decoder = [];
        for (int id = 0; id < vocabulary.SpecialTokens.Count; id++)
        {
            JsonObject token = SpecialToken(vocabulary.SpecialTokens[id], id);
            token.Remove("id");
            decoder[id.ToString()] = token;
        }

        return new JsonObject
        {
            ["add_bos_token"] = false,
            ["add_eos_token"] = false,
            ["add_prefix_space"] = false,
            ["added_tokens_decoder"] = decoder,
            ["bos_token"] = end,
            ["eos_token"] = end,
            ["pad_token"] = pad,
            ["clean_up_tokenization_spaces"] = false,
            ["model_max_length"] = maxLength,
            ["padding_side"] = "right",
            ["tokenizer_class"] = "PreTrainedTokenizerFast",
        };
    }

    private static JsonObject SpecialToken(string content, int id) => new()
    {
        ["id"] = id,
        ["content"] = content,
        ["single_word"] = false,
        ["lstrip"] = false,
        ["rstrip"] = false,
        ["normalized"] = false,
        ["special"] = true,
    };

    private static JsonObject ByteLevel(bool trimOffsets) => new()
    {
        ["type"] = "ByteLevel",
        ["add_prefix_space"] = false,
        ["trim_offsets"] = trimOffsets,
        ["use_regex"] = true,
    };
}
