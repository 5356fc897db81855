using System.Text.RegularExpressions;

namespace LoraUnlearn.Data;

/// <summary>
/// Recognises what a model's chat template renders. Chat templates are Jinja programs, and no well-kept .NET library runs them: the
/// common families are known by the markers they write, and what differs within a family (a standard system turn, a date, spaces) is
/// read from the program's own literals. A program that is none of them, or does more, is not guessed at.
/// </summary>
public static partial class ChatTemplateFamilies
{
    /// <summary>The template that a chat template renders for turns of plain text; null for one that is not known.</summary>
    /// <param name="program">The Jinja program.</param>
    /// <param name="bos">What <c>bos_token</c> stands for in it; null where the model has none.</param>
    /// <param name="eos">What <c>eos_token</c> stands for; null where the model has none.</param>
    public static PromptTemplate? Recognise(string program, string? bos, string? eos)
    {
        bool Has(string marker) => program.Contains(marker, StringComparison.Ordinal);

        if (Has("<think>"))
        {
            // Qwen 3 thinks or not, as asked; a last answer without thoughts has empty ones.
            return Has("<|im_start|>") && Has("enable_thinking") && Has("last_query_index") ? PromptTemplate.Named("qwen3") : null;
        }

        // These write the roles otherwise.
        if (Has("<|im_sep|>") || Has("[SYSTEM_PROMPT]"))
        {
            return null;
        }

        PromptTemplate? template =
            Has("<|start_header_id|>") && Has("<|eot_id|>") ? Llama3(program)
            : Has("<|im_start|>") && Has("<|im_end|>") ? ChatMl(program)
            : Has("<start_of_turn>") && Has("<end_of_turn>") ? Gemma(program)
            : Has("[INST]") && Has("<<SYS>>") ? Llama2(program)
            : Has("[INST]") ? Mistral(program)
            : Has("<|user|>") || Has("'<|' +") ? Bars(program, eos)
            : Has("USER: ") && Has("ASSISTANT:") ? PromptTemplate.Named("vicuna")
            : null;
        return template is { Beginning.Length: 0 } && bos is not null && Has("bos_token") ? template with { Beginning = bos } : template;
    }

    // A standard system turn whose text stands in the program itself, as Qwen's and SmolLM's do; one put together is not guessed at.
    private static PromptTemplate? ChatMl(string program) =>
        StandardSystemText().Match(program) is { Success: true } match ? PromptTemplate.Named("chatml") with { StandardSystem = Unescaped(match.Groups[1].Value) }
        : SystemVariable().IsMatch(program) ? null
        : PromptTemplate.Named("chatml");

    // From 3.1 on there always is a system turn, with the date of the program's writing where none is handed in.
    private static PromptTemplate? Llama3(string program)
    {
        PromptTemplate template = PromptTemplate.Named("llama3");
        if (!program.Contains("Cutting Knowledge Date", StringComparison.Ordinal))
        {
            return template;
        }

        return KnowledgeDate().Match(program) is { Success: true } knowledge && Today().Match(program) is { Success: true } today
            ? template with
            {
                System = template.System!.Replace(
                    "{system}", $"Cutting Knowledge Date: {knowledge.Groups[1].Value}\nToday Date: {today.Groups[1].Value}\n\n{{system}}", StringComparison.Ordinal),
                StandardSystem = "",
            }
            : null;
    }

    // Gemma 3 puts the system text before the first question; Gemma 1 and 2 refuse it.
    private static PromptTemplate Gemma(string program) => PromptTemplate.Named("gemma") with
    {
        System = program.Contains("first_user_prefix", StringComparison.Ordinal) ? "{system}\n\n" : null,
        SystemIsInQuestion = true,
    };

    // Some versions leave a space before the end of the sequence, as Meta's do; some have a system text of their own.
    private static PromptTemplate? Llama2(string program)
    {
        if (program.Contains("elif true == true", StringComparison.Ordinal))
        {
            return null;
        }

        bool trims = program.Contains("strip()", StringComparison.Ordinal) || program.Contains("trim", StringComparison.Ordinal);
        PromptTemplate known = PromptTemplate.Named("llama2");
        return new PromptTemplate("llama2", "[INST] {question} [/INST]", SpaceBeforeEnd().IsMatch(program) ? " {answer} " : " {answer}", appendEos: true)
        {
            System = known.System,
            SystemIsInQuestion = true,
            RepeatsBeginning = RepeatedBeginning().IsMatch(program),
            TrimsQuestions = trims,
            TrimsAnswers = trims,
        };
    }

    // [INST] question [/INST] answer, with the spaces that this version writes.
    private static PromptTemplate Mistral(string program)
    {
        bool Has(string literal) => program.Contains('"' + literal, StringComparison.Ordinal) || program.Contains('\'' + literal, StringComparison.Ordinal);
        bool leads = Has(" [INST]");
        string before = $"{(leads ? " " : "")}[INST]{(Has("[INST] ") || Has(" [INST] ") ? " " : "")}";
        string after = $"{(Has(" [/INST]") ? " " : "")}[/INST]";
        return new PromptTemplate("mistral", $"{before}{{question}}{after}", SpaceBeforeAnswer().IsMatch(program) ? " {answer}" : "{answer}", appendEos: true)
        {
            // Later versions put the system text before the last question, and a row ends with an answer: there it is nowhere.
            System = program.Contains("loop.first and system_message", StringComparison.Ordinal) ? "{system}\n\n" : null,
            SystemIsInQuestion = true,
            TrimsAnswers = TrimmedAnswer().IsMatch(program),
        };
    }

    // Phi-3 ends its turns with a token of its own; Zephyr, whose marks look the same, with the end of the sequence.
    private static PromptTemplate? Bars(string program, string? eos)
    {
        if (program.Contains("<|end|>", StringComparison.Ordinal))
        {
            if (!LineBreakAfterRole().IsMatch(program))
            {
                return null; // Phi-4 writes none
            }

            bool hasSystem = program.Contains("system", StringComparison.Ordinal) || program.Contains("'<|' +", StringComparison.Ordinal);
            return PromptTemplate.Named("phi3") with { System = hasSystem ? PromptTemplate.Named("phi3").System : null };
        }

        return !program.Contains("eos_token", StringComparison.Ordinal) || eos is null || !program.Contains("<|user|>", StringComparison.Ordinal)
            ? null
            : new PromptTemplate("zephyr", $"<|user|>\n{{question}}{eos}\n<|assistant|>\n", $"{{answer}}{eos}", appendEos: false)
            {
                System = $"<|system|>\n{{system}}{eos}\n",
                Between = "\n",
                Markers = [eos],
            };
    }

    private static string Unescaped(string literal) =>
        Escape().Replace(literal, match => match.Groups[1].Value switch { "n" => "\n", "t" => "\t", var other => other });

    // Up to the end of the literal: a quote that nothing escapes and that is followed by an operator ends it.
    [GeneratedRegex("""<\|im_start\|>system(?:\\n|\n)((?:(?!<\|im_end\|>|\{\{|\{%|(?<!\\)["']\s*(?:\+|~|-?\}\})).)+)<\|im_end\|>""", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex StandardSystemText();

    [GeneratedRegex("""set\s+(?:default_)?system_(?:message|prompt)\s*=\s*["'][^"']""", RegexOptions.CultureInvariant)]
    private static partial Regex SystemVariable();

    [GeneratedRegex(@"\\(.)", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Escape();

    [GeneratedRegex("""\|>(?:["']\s*\+\s*["'])?(?:\\n|\n)""", RegexOptions.CultureInvariant)]
    private static partial Regex LineBreakAfterRole();

    [GeneratedRegex("""\|\s*trim\s*\+\s*eos_token""", RegexOptions.CultureInvariant)]
    private static partial Regex TrimmedAnswer();

    [GeneratedRegex(@"Cutting Knowledge Date: ([A-Z][a-z]+ \d{4})", RegexOptions.CultureInvariant)]
    private static partial Regex KnowledgeDate();

    [GeneratedRegex("""date_string\s*=\s*["'](\d{2} [A-Z][a-z]{2} \d{4})["']""", RegexOptions.CultureInvariant)]
    private static partial Regex Today();

    [GeneratedRegex("""["'] ["']\s*\+\s*message\[["']content["']\]""", RegexOptions.CultureInvariant)]
    private static partial Regex SpaceBeforeAnswer();

    [GeneratedRegex("""["'] ["']\s*\+\s*eos_token""", RegexOptions.CultureInvariant)]
    private static partial Regex SpaceBeforeEnd();

    [GeneratedRegex("""bos_token\s*\+\s*["']\[INST\]""", RegexOptions.CultureInvariant)]
    private static partial Regex RepeatedBeginning();
}
