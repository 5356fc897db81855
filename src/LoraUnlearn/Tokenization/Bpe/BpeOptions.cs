namespace LoraUnlearn.Tokenization.Bpe;

/// <summary>The settings of a byte-pair encoding. The names follow the tokenizer file's.</summary>
internal sealed record BpeOptions
{
    /// <summary>The token of characters that the vocabulary lacks; without one they are dropped.</summary>
    public string? UnknownToken { get; init; }

    /// <summary>What is put before every character of a word but the first, when it is looked up.</summary>
    public string ContinuingSubwordPrefix { get; init; } = "";

    /// <summary>What is put after the last character of a word, when it is looked up.</summary>
    public string EndOfWordSuffix { get; init; } = "";

    /// <summary>Whether neighbouring unknown characters make up one unknown token.</summary>
    public bool FuseUnknown { get; init; }

    /// <summary>Whether a character that the vocabulary lacks becomes its UTF-8 bytes, as tokens such as &lt;0x0A&gt;.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>Whether a word that is in the vocabulary is taken whole, whatever the merges say.</summary>
    public bool IgnoreMerges { get; init; }
}
