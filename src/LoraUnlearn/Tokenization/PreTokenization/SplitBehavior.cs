namespace LoraUnlearn.Tokenization.PreTokenization;

/// <summary>What becomes of the delimiters that a split finds. The names are the tokenizer file's.</summary>
internal enum SplitBehavior
{
    /// <summary>They are dropped.</summary>
    Removed,

    /// <summary>Each is a piece of its own.</summary>
    Isolated,

    /// <summary>Each ends the piece before it.</summary>
    MergedWithPrevious,

    /// <summary>Each begins the piece after it.</summary>
    MergedWithNext,

    /// <summary>Neighbouring delimiters make up one piece.</summary>
    Contiguous,
}
