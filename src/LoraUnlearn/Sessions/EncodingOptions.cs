using LoraUnlearn.Data;

namespace LoraUnlearn.Sessions;

/// <summary>How rows become token ids.</summary>
public sealed record EncodingOptions
{
    /// <summary>Template of question rows and conversations; null: the model's own where it is known, else <c>plain</c>.</summary>
    public PromptTemplate? Template { get; init; }

    /// <summary>Most tokens of a sequence; by default 512, or the model's positions if fewer.</summary>
    public int? MaxLength { get; init; }

    /// <summary>Whether special tokens spelled in prompt, completion and text rows count as such.</summary>
    public SpecialTokenText SpecialTokens { get; init; }

    /// <summary>Whether completions end with the end-of-sequence token.</summary>
    public EosRule AppendEos { get; init; }

    /// <summary>Whether every assistant turn of a conversation is scored, not the last alone.</summary>
    public bool ScoresAllAssistantTurns { get; init; }

    /// <summary>Replacement answers for rows that have none.</summary>
    public IReadOnlyList<string>? Refusals { get; init; }

    /// <summary>Chooses each row's replacement.</summary>
    public long Seed { get; init; } = 42;
}
