namespace LoraUnlearn.Tokenization.AddedTokens;

/// <summary>A token that is recognised in the text itself, before the model sees it.</summary>
internal sealed record AddedToken
{
    /// <summary>The token as the file writes it.</summary>
    public required string Content { get; init; }

    /// <summary>The model's id for it where the vocabulary has one, else the next free one; the file's own number does not count.</summary>
    public required int Id { get; init; }

    /// <summary>Whether it is a control token rather than text: left out of decoded text on request.</summary>
    public required bool Special { get; init; }

    /// <summary>Whether it is recognised only where no word character stands beside it.</summary>
    public required bool SingleWord { get; init; }

    /// <summary>Whether it takes the white space on its left with it.</summary>
    public required bool LeftStrip { get; init; }

    /// <summary>Whether it takes the white space on its right with it.</summary>
    public required bool RightStrip { get; init; }

    /// <summary>The text that it is recognised by: its content, as the normaliser leaves it if it is to be normalised.</summary>
    public required string Pattern { get; init; }

    /// <summary>Whether it is looked for in the normalised text rather than in the text as given.</summary>
    public required bool Normalized { get; init; }
}

/// <summary>The added tokens of a tokenizer: those found in the text as given, and those found in the normalised text.</summary>
internal sealed class AddedVocabulary
{
    private readonly Dictionary<string, AddedToken> _byContent;
    private readonly Dictionary<int, AddedToken> _byId;
    private readonly HashSet<string> _special;

    /// <param name="tokens">The tokens; no two with the same id, content, or pattern on the same side.</param>
    public AddedVocabulary(IReadOnlyCollection<AddedToken> tokens)
    {
        _byContent = tokens.ToDictionary(token => token.Content, StringComparer.Ordinal);
        _byId = tokens.ToDictionary(token => token.Id);
        _special = tokens.Where(token => token.Special).Select(token => token.Content).ToHashSet(StringComparer.Ordinal);
        InText = new AddedTokenSplitter(tokens.Where(token => !token.Normalized));
        InNormalizedText = new AddedTokenSplitter(tokens.Where(token => token.Normalized));
        Size = tokens.Count == 0 ? 0 : tokens.Max(token => token.Id) + 1;
    }

    /// <summary>Cuts at the tokens that are looked for in the text as given.</summary>
    public AddedTokenSplitter InText { get; }

    /// <summary>Cuts at the tokens that are looked for in the normalised text.</summary>
    public AddedTokenSplitter InNormalizedText { get; }

    /// <summary>The highest id and one; 0 without tokens.</summary>
    public int Size { get; }

    /// <summary>The token of an id, or null.</summary>
    public AddedToken? Find(int id) => _byId.GetValueOrDefault(id);

    /// <summary>The token with the given content, or null.</summary>
    public AddedToken? Find(string content) => _byContent.GetValueOrDefault(content);

    /// <summary>Whether a token written like this is left out of decoded text on request.</summary>
    public bool IsSpecial(string token) => _special.Contains(token);
}
