using LoraUnlearn.Tokenization.Bpe;
using LoraUnlearn.Tokenization.Json;
using LoraUnlearn.Tokenization.Normalization;

namespace LoraUnlearn.Tokenization.AddedTokens;

/// <summary>Reads the "added_tokens" of a tokenizer file.</summary>
internal static class AddedTokenReader
{
    /// <param name="part">The array.</param>
    /// <param name="vocabulary">The model's vocabulary.</param>
    /// <param name="normalizer">The normaliser of the file, if any.</param>
    /// <remarks>
    /// As the format's own library does, a token that the model knows takes the id it has there, and any other the next
    /// free one: the declared ids only say the order. A token that is there twice is one, with the flags of the last. Flags that are
    /// missing have the values of the library's constructor: none is set, and a token that is not special is looked for in normalised text.
    /// </remarks>
    /// <exception cref="InputException">A token is malformed, or two of them cannot be told apart.</exception>
    public static AddedVocabulary Read(JsonPart part, Vocabulary vocabulary, INormalizer? normalizer)
    {
        List<(AddedToken Token, JsonPart Item)> tokens = [];
        Dictionary<int, string> declared = [];
        HashSet<int> taken = [];
        Dictionary<string, int> places = new(StringComparer.Ordinal);
        int next = vocabulary.Count;
        foreach (JsonPart item in part.AsItems())
        {
            int declaredId = item.Get("id").AsTokenId();
            string content = item.GetString("content");
            if (!declared.TryAdd(declaredId, content) && declared[declaredId] != content)
            {
                throw item.Get("id").Error($"is {declaredId}, the id of an added token before it; each token has its own id");
            }

            if (content.Length == 0)
            {
                continue;
            }

            if (places.TryGetValue(content, out int place))
            {
                tokens[place] = (ReadToken(item, content, tokens[place].Token.Id, normalizer), item);
                continue;
            }

            int id = vocabulary.Id(content) ?? next++;
            if (!taken.Add(id) || (vocabulary.Token(id) is { } other && other != content))
            {
                throw item.Error($"('{content}') would get the id {id}, which '{vocabulary.Token(id)}' has");
            }

            places.Add(content, tokens.Count);
            tokens.Add((ReadToken(item, content, id, normalizer), item));
        }

        CheckPatterns(tokens);
        return new AddedVocabulary([.. tokens.Select(entry => entry.Token)]);
    }

    private static void CheckPatterns(List<(AddedToken Token, JsonPart Item)> tokens)
    {
        HashSet<(string Pattern, bool Normalized)> patterns = [];
        foreach ((AddedToken token, JsonPart item) in tokens)
        {
            if (token.Pattern.Length == 0 || !patterns.Add((token.Pattern, token.Normalized)))
            {
                throw item.Error($"('{token.Content}') reads '{token.Pattern}' when normalised, and so cannot be told from other text");
            }
        }
    }

    private static AddedToken ReadToken(JsonPart item, string content, int id, INormalizer? normalizer)
    {
        bool special = item.GetBoolean("special", otherwise: false);
        bool normalized = item.GetBoolean("normalized", otherwise: !special);
        return new AddedToken
        {
            Content = content,
            Id = id,
            Special = special,
            SingleWord = item.GetBoolean("single_word", otherwise: false),
            LeftStrip = item.GetBoolean("lstrip", otherwise: false),
            RightStrip = item.GetBoolean("rstrip", otherwise: false),
            Normalized = normalized,
            Pattern = normalized && normalizer is not null
                ? normalizer.Normalize(new NormalizedText(content, 0)).Text
                : content,
        };
    }
}
