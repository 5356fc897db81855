namespace LoraUnlearn.Tokenization.AddedTokens;

/// <summary>A token that is recognised in the text itself, before the model sees it.</summary>
internal sealed record AddedToken
{
    /// <summary>The text of the token.</summary>
    public required string Content { get; init; }

    /// <summary>Its id.</summary>
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
