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
        "--template", "NAME", $"Prompt template for question-answer rows and conversations: auto (the model's own where it is known, else plain), {string.Join(", ", PromptTemplate.Names)}; or one's own with {{question}} and {{answer}}, a line break spelled \\n.", Defaults.Request.Template);

    /// <summary>Special tokens spelled in rows.</summary>
    public Option<string> SpecialTokens { get; } = OptionKinds.Choice(
        "--special-tokens", "Special tokens spelled in prompt, completion and text rows: parse them, or take them as ordinary text. Fields of questions and conversations are always text.", "parse", "parse", "text");

    /// <summary>End of completions.</summary>
    public Option<string> AppendEos { get; } = OptionKinds.Choice(
        "--append-eos", "Whether completions end with the end-of-sequence token; auto: where the row does not end with a special token itself.", "auto", "auto", "on", "off");

    /// <summary>Scored turns.</summary>
    public Option<string> Score { get; } = OptionKinds.Choice(
        "--score", "What is scored of a conversation: its last assistant turn, or every one.", "last-assistant", "last-assistant", "all-assistant");

    /// <summary>Longest sequence.</summary>
    public Option<int?> MaxLength { get; } = OptionKinds.OptionalWhole(
        "--max-length", "Longest sequence in tokens; longer rows are cut, and counted. 512, or the model's positions if fewer, unless given.", 2, 1 << 20);

    /// <summary>File with replacement answers.</summary>
    public Option<string?> Refusals { get; } = OptionKinds.Input(
        "--refusals", "FILE", "Replacement answers, one a line, for rows without an alternate (dpo, po).");

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [Template, SpecialTokens, AppendEos, Score, MaxLength, Refusals];

    /// <summary>What was chosen.</summary>
    /// <param name="invocation">The run.</param>
    /// <param name="seed">Chooses each row's replacement answer.</param>
    /// <exception cref="InputException">There is no such template, or the refusals cannot be read.</exception>
    public EncodingOptions Read(Invocation invocation, long seed) => new()
    {
        Template = ParseTemplate(invocation.Get(Template)),
        SpecialTokens = invocation.Get(SpecialTokens) == "text" ? SpecialTokenText.Text : SpecialTokenText.Parse,
        AppendEos = Enum.Parse<EosRule>(invocation.Get(AppendEos), ignoreCase: true),
        ScoresAllAssistantTurns = invocation.Get(Score) == "all-assistant",
        MaxLength = invocation.Get(MaxLength),
        Refusals = invocation.Get(Refusals) is string path ? LoraUnlearn.Data.Refusals.Read(path) : null,
        Seed = seed,
    };

    /// <summary>A template by its name, or one's own: one text, in which white space before the answer belongs to the answer's first token.</summary>
    /// <exception cref="InputException">There is no such template.</exception>
    public static PromptTemplate? ParseTemplate(string text)
    {
        int place = text.IndexOf(AnswerPlaceholder, StringComparison.Ordinal);
        if (place < 0)
        {
            return text == PromptTemplate.Automatic ? null : PromptTemplate.Named(text);
        }

        string own = text.Replace("\\n", "\n", StringComparison.Ordinal).Replace("\\t", "\t", StringComparison.Ordinal);
        string prompt = own[..own.IndexOf(AnswerPlaceholder, StringComparison.Ordinal)];
        string trimmed = prompt.TrimEnd(' ');
        return PromptTemplate.From(trimmed, own[trimmed.Length..]);
    }
}
