using System.CommandLine;

namespace LoraUnlearn.Cli.Options;

/// <summary>How data rows become labelled token sequences.</summary>
internal sealed class RowOptions
{
    /// <summary>Prompt template.</summary>
    public Option<string> Template { get; } = OptionKinds.Text(
        "--template", "NAME", "Prompt template for question-answer rows: plain, llama2, llama3, chatml, phi, or one's own with {question} and {answer}.", "plain");

    /// <summary>Longest sequence.</summary>
    public Option<int> MaxLength { get; } = OptionKinds.Whole("--max-length", "Longest sequence in tokens; longer rows are cut, and counted.", 512, 2, 1 << 20);

    /// <summary>File with replacement answers.</summary>
    public Option<string?> Refusals { get; } = OptionKinds.Text(
        "--refusals", "FILE", "Replacement answers, one a line, for rows without an alternate (dpo, po).");

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [Template, MaxLength, Refusals];
}
