namespace LoraUnlearn.Data;

/// <summary>Whether completions end with the end-of-sequence token.</summary>
public enum EndOfRows
{
    /// <summary>Where the row does not end with such a token already.</summary>
    Auto,

    /// <summary>Always, text rows too; never twice.</summary>
    On,

    /// <summary>Never, but where the row itself spells it.</summary>
    Off,
}

/// <summary>What is read as a special token, what ends a row, and which turns are scored.</summary>
public sealed record RowEncodingRules
{
    /// <summary>
    /// Whether special tokens that a prompt, a completion or a text spells are those tokens: such rows are the user's own training
    /// data, rendered chats among them. Questions, answers and turns of conversations are literal always.
    /// </summary>
    public bool ParseSpecial { get; init; } = true;

    /// <summary>Whether completions get an end.</summary>
    public EndOfRows AppendEnd { get; init; } = EndOfRows.Auto;

    /// <summary>Whether every assistant turn of a conversation is scored, or the last alone.</summary>
    public bool ScoreAllTurns { get; init; }
}
