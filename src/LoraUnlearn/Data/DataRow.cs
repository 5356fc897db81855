namespace LoraUnlearn.Data;

/// <summary>What a row of a data file is; decided by its keys.</summary>
public enum DataRowKind
{
    /// <summary><c>question</c>, <c>answer</c>, optionally <c>alternate</c>: the answer is scored.</summary>
    QuestionAnswer,

    /// <summary><c>prompt</c>, <c>completion</c>: the completion is scored.</summary>
    PromptCompletion,

    /// <summary><c>text</c>: all of it is scored.</summary>
    Text,

    /// <summary><c>messages</c>, <c>conversations</c>, or <c>prompt</c> and <c>completion</c> made of turns: the last assistant turn is scored.</summary>
    Conversation,

    /// <summary><c>input_ids</c>, optionally <c>labels</c> and the alternates: already tokenised.</summary>
    Tokens,
}

/// <summary>One row of a data file, its fields as they were written. Fields that its kind does not have are null.</summary>
/// <param name="Kind">What the row is.</param>
/// <param name="Line">The line in the file, from 1.</param>
public sealed record DataRow(DataRowKind Kind, int Line)
{
    private static readonly IReadOnlyDictionary<string, IReadOnlyList<string>> NoExtras =
        new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>The question of a <see cref="DataRowKind.QuestionAnswer"/> row.</summary>
    public string? Question { get; init; }

    /// <summary>The answer of a <see cref="DataRowKind.QuestionAnswer"/> row; never empty.</summary>
    public string? Answer { get; init; }

    /// <summary>The replacement answer of a <see cref="DataRowKind.QuestionAnswer"/> row, where it has one.</summary>
    public string? Alternate { get; init; }

    /// <summary>The prompt of a <see cref="DataRowKind.PromptCompletion"/> row.</summary>
    public string? Prompt { get; init; }

    /// <summary>The completion of a <see cref="DataRowKind.PromptCompletion"/> row; never empty.</summary>
    public string? Completion { get; init; }

    /// <summary>The turns of a <see cref="DataRowKind.Conversation"/> row; the last is an assistant's.</summary>
    public IReadOnlyList<ChatTurn>? Turns { get; init; }

    /// <summary>The text of a <see cref="DataRowKind.Text"/> row; never empty.</summary>
    public string? Text { get; init; }

    /// <summary>The token ids of a <see cref="DataRowKind.Tokens"/> row.</summary>
    public int[]? InputIds { get; init; }

    /// <summary>The labels of a <see cref="DataRowKind.Tokens"/> row, as many as the ids; null when all are scored.</summary>
    public int[]? Labels { get; init; }

    /// <summary>The token ids of the replacement of a <see cref="DataRowKind.Tokens"/> row, where it has one.</summary>
    public int[]? AlternateInputIds { get; init; }

    /// <summary>The labels of that replacement; null when all are scored.</summary>
    public int[]? AlternateLabels { get; init; }

    /// <summary>
    /// The other keys whose values are a string, a number or a list of those, each as a list: TOFU's
    /// <c>paraphrased_answer</c>, <c>perturbed_answer</c>, <c>option1</c> and so on. Numbers are as they were spelled.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Extras { get; init; } = NoExtras;

    /// <summary>The values of an extra key.</summary>
    /// <param name="key">For example <c>perturbed_answer</c>.</param>
    /// <returns>The values; empty when the row lacks the key.</returns>
    public IReadOnlyList<string> Extra(string key) => Extras.TryGetValue(key, out IReadOnlyList<string>? values) ? values : [];
}
