using LoraUnlearn.Data;

namespace LoraUnlearn.Sessions;

/// <summary>An encoded file.</summary>
/// <param name="Path">The file.</param>
/// <param name="Examples">Its examples.</param>
/// <param name="TruncatedRows">How many rows were cut to the maximum length.</param>
public sealed record EncodedData(string Path, IReadOnlyList<Example> Examples, int TruncatedRows)
{
    /// <summary>What was decided about the rows and is worth saying, a line each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The template in force; null where no row needs one.</summary>
    public string? Template { get; init; }

    /// <summary>Tokens of all examples.</summary>
    public long Tokens => Examples.Sum(example => (long)example.Sequence.Length);

    /// <summary>Tokens of all examples that are scored.</summary>
    public long ScoredTokens => Examples.Sum(example => (long)example.Sequence.LabelledCount);
}
