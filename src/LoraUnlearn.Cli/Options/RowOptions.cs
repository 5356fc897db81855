using System.CommandLine;
using LoraUnlearn.Cli.Verbs;
using LoraUnlearn.Data;
using LoraUnlearn.Sessions;

namespace LoraUnlearn.Cli.Options;

/// <summary>How data rows become labelled token sequences.</summary>
internal sealed class RowOptions
{
    private const string AnswerPlaceholder = "{answer}";

    /// <summary>Prompt template.</summary>
    public Option<string> Template { get; } = OptionKinds.Text(
        "--template", "NAME", $"Prompt template for question-answer rows and conversations: auto (the tokenizer's own chat template where it is known, else plain), {string.Join(", ", PromptTemplate.Names)}; or one's own with {{question}} and {{answer}}, a line break spelled \\n.", Defaults.Request.Template);

    /// <summary>Longest sequence.</summary>
    public Option<int?> MaxLength { get; } = OptionKinds.OptionalWhole(
        "--max-length", "Longest sequence in tokens; longer rows are cut, and counted. 512, or the model's positions if fewer, unless given.", 2, 1 << 20);

    /// <summary>File with replacement answers.</summary>
    public Option<string?> Refusals { get; } = OptionKinds.Text(
        "--refusals", "FILE", "Replacement answers, one a line, for rows without an alternate (dpo, po).");

    /// <summary>Whether text may spell special tokens.</summary>
    public Option<string> SpecialTokens { get; } = OptionKinds.Choice(
        "--special-tokens", "Special tokens spelled in prompts, completions and texts: parse reads them as such, text as letters. In questions, answers and turns they are always text.", "parse", "parse", "text");

    /// <summary>Whether completions get an end.</summary>
    public Option<string> AppendEos { get; } = OptionKinds.Choice(
        "--append-eos", "End-of-sequence token after completions: auto where the row has no end of its own, on (after texts, too), off.", "auto", "auto", "on", "off");

    /// <summary>Which turns of conversations are scored.</summary>
    public Option<string> Score { get; } = OptionKinds.Choice(
        "--score", "Turns of a conversation that are scored: the assistant's last, or all of the assistant's.", "last", "last", "all-assistant");

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [Template, MaxLength, SpecialTokens, AppendEos, Score, Refusals];

    /// <summary>What was chosen.</summary>
    /// <param name="invocation">The run.</param>
    /// <param name="seed">Chooses each row's replacement answer.</param>
    /// <exception cref="InputException">There is no such template, or the refusals cannot be read.</exception>
    public EncodingOptions Read(Invocation invocation, long seed) => new()
    {
        Template = invocation.Get(Template).Equals(PromptTemplate.Auto, StringComparison.OrdinalIgnoreCase) ? null : ParseTemplate(invocation.Get(Template)),
        Rules = new RowEncodingRules
        {
            ParseSpecial = invocation.Get(SpecialTokens) == "parse",
            AppendEnd = Enum.Parse<EndOfRows>(invocation.Get(AppendEos), ignoreCase: true),
            ScoreAllTurns = invocation.Get(Score) == "all-assistant",
        },
        MaxLength = invocation.Get(MaxLength),
        Refusals = invocation.Get(Refusals) is string path ? LoraUnlearn.Data.Refusals.Read(path) : null,
        Seed = seed,
    };

    // One's own template is one text; white space before the answer belongs to the answer's first token.
    private static PromptTemplate ParseTemplate(string text)
    {
        int place = text.IndexOf(AnswerPlaceholder, StringComparison.Ordinal);
        if (place < 0)
        {
            return PromptTemplate.Named(text);
        }

        string own = text.Replace("\\n", "\n", StringComparison.Ordinal).Replace("\\t", "\t", StringComparison.Ordinal);
        string prompt = own[..own.IndexOf(AnswerPlaceholder, StringComparison.Ordinal)];
        string trimmed = prompt.TrimEnd(' ');
        return PromptTemplate.From(trimmed, own[trimmed.Length..]);
    }
}
