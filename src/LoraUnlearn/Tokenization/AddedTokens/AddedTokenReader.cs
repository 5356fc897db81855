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
    /// free one: the declared ids only say the order.
    /// </remarks>
    /// <exception cref="InputException">A token is malformed, or two of them cannot be told apart.</exception>
    public static AddedVocabulary Read(JsonPart part, Vocabulary vocabulary, INormalizer? normalizer)
    {
        List<AddedToken> tokens = [];
        HashSet<int> declared = [];
        HashSet<int> taken = [];
        HashSet<string> contents = new(StringComparer.Ordinal);
        HashSet<(string Pattern, bool Normalized)> patterns = [];
        int next = vocabulary.Count;
        foreach (JsonPart item in part.AsItems())
        {
            int declaredId = item.Get("id").AsTokenId();
            string content = item.GetString("content");
            if (!declared.Add(declaredId))
            {
                throw item.Get("id").Error($"is {declaredId}, the id of an added token before it; each token has its own id");
            }

            if (content.Length == 0)
            {
                continue;
            }

            if (!contents.Add(content))
            {
                throw item.Get("content").Error($"is '{content}', which an added token before it has too");
            }

            int id = vocabulary.Id(content) ?? next++;
            if (!taken.Add(id) || (vocabulary.Token(id) is { } other && other != content))
            {
                throw item.Error($"('{content}') would get the id {id}, which '{vocabulary.Token(id)}' has");
            }

            AddedToken token = ReadToken(item, content, id, normalizer);
            if (token.Pattern.Length == 0 || !patterns.Add((token.Pattern, token.Normalized)))
            {
                throw item.Error($"('{content}') reads '{token.Pattern}' when normalised, and so cannot be told from other text");
            }

            tokens.Add(token);
        }

        return new AddedVocabulary(tokens);
    }

    private static AddedToken ReadToken(JsonPart item, string content, int id, INormalizer? normalizer)
    {
        bool normalized = item.GetBoolean("normalized");
        return new AddedToken
        {
            Content = content,
            Id = id,
            Special = item.GetBoolean("special"),
            SingleWord = item.GetBoolean("single_word"),
            LeftStrip = item.GetBoolean("lstrip"),
            RightStrip = item.GetBoolean("rstrip"),
            Normalized = normalized,
            Pattern = normalized && normalizer is not null
                ? normalizer.Normalize(new NormalizedText(content, 0)).Text
                : content,
        };
    }
}
