using System.Text.RegularExpressions;

namespace LoraUnlearn.Data;

/// <summary>
/// Recognises a tokenizer's <c>chat_template</c>. The template is a Jinja program, and no Jinja interpreter for .NET is kept well
/// enough to run it; the common families are known by the marks they write, and what differs within a family (a default system
/// text, spaces) is read from the template's own literals.
/// </summary>
internal static partial class ChatTemplates
{
    /// <summary>The format that a template renders, or null where it is none of the known ones.</summary>
    /// <param name="template">The Jinja text.</param>
    /// <param name="bos">What the template's <c>bos_token</c> stands for; null where the tokenizer has none.</param>
    /// <param name="eos">What <c>eos_token</c> stands for.</param>
    public static ChatFormat? Recognise(string template, string? bos, string? eos)
    {
        ChatFormat? format = Family(template, eos);
        if (format is null)
        {
            return null;
        }

        return format.Name is "zephyr" && eos is not null && eos != "</s>" ? WithEnd(format, eos) : WithBeginning(format, template, bos);
    }

    private static ChatFormat? Family(string template, string? eos)
    {
        bool Has(string text) => template.Contains(text, StringComparison.Ordinal);
        if (Has("<|start_header_id|>") && Has("<|eot_id|>"))
        {
            return Has("Cutting Knowledge Date: December 2023") ? DatedLlama(template) : ChatFormats.Llama3;
        }

        if (Has("<|im_start|>") && Has("<|im_end|>") && !Has("<|im_sep|>"))
        {
            return ChatFormats.ChatMl with { DefaultSystem = DefaultSystem(template) };
        }

        if (Has("<start_of_turn>") && Has("<end_of_turn>"))
        {
            return ChatFormats.Gemma;
        }

        if (Has("[INST]") && Has("<<SYS>>"))
        {
            return ChatFormats.Llama2;
        }

        if (Has("[INST]") && !Has("[SYSTEM_PROMPT]"))
        {
            return Mistral(template);
        }

        // Phi-3 ends its turns with a token of its own; Zephyr, whose marks look the same, with the end of the sequence.
        if (Has("<|assistant|>") && (Has("<|user|>") || Has("'<|' + ") || Has("'<|'")))
        {
            return Has("<|end|>") ? ChatFormats.Phi3 : Has("eos_token") && eos is not null ? ChatFormats.Zephyr : null;
        }

        return null;
    }

    // Llama 3.1 and 3.2 begin with a system turn in any case. Where no date is handed in, 3.1 takes this one.
    private static ChatFormat? DatedLlama(string template) => Date().Match(template) is { Success: true } date
        ? ChatFormats.Llama3 with
        {
            SystemPreface = $"Cutting Knowledge Date: December 2023\nToday Date: {date.Groups[1].Value}\n\n",
            DefaultSystem = string.Empty,
        }
        : null;

    // [INST] x [/INST] y, with the spaces that this version writes.
    private static ChatFormat Mistral(string template)
    {
        bool leads = template.Contains("\" [INST] \"", StringComparison.Ordinal) || template.Contains("' [INST] '", StringComparison.Ordinal);
        bool spaceBefore = template.Contains(" [/INST]", StringComparison.Ordinal);
        bool spaceAfterBegin = template.Contains("[INST] ", StringComparison.Ordinal);
        return ChatFormats.Mistral with
        {
            UserBefore = $"{(leads ? " " : "")}[INST]{(spaceAfterBegin ? " " : "")}",
            UserAfter = spaceBefore ? " [/INST]" : "[/INST]",
            AnswerLead = SpaceBeforeAnswer().IsMatch(template) ? " " : "",
            AfterTurn = SpaceAfterEnd().IsMatch(template) ? " " : "",
        };
    }

    private static ChatFormat WithEnd(ChatFormat format, string eos)
    {
        string Ended(string text) => text.Replace("</s>", eos, StringComparison.Ordinal);
        return format with
        {
            Markers = [eos],
            SystemAfter = Ended(format.SystemAfter),
            UserAfter = Ended(format.UserAfter),
            AssistantAfter = Ended(format.AssistantAfter),
        };
    }

    private static ChatFormat WithBeginning(ChatFormat format, string template, string? bos)
    {
        bool spelled = template.Contains("bos_token", StringComparison.Ordinal);
        if (format.Name == "llama2")
        {
            return format with { Begin = bos ?? "", AfterTurn = bos ?? "" };
        }

        return format.Begin.Length == 0 && spelled && bos is not null ? format with { Begin = bos } : format;
    }

    private static string? DefaultSystem(string template) =>
        DefaultSystemText().Match(template) is { Success: true } match ? match.Groups[1].Value : null;

    [GeneratedRegex("""date_string\s*=\s*["'](\d{2} [A-Z][a-z]{2} \d{4})["']""", RegexOptions.CultureInvariant)]
    private static partial Regex Date();

    [GeneratedRegex("""<\|im_start\|>system(?:\\n|\n)([^<>{}'"+]+)<\|im_end\|>""", RegexOptions.CultureInvariant)]
    private static partial Regex DefaultSystemText();

    [GeneratedRegex("""["'] ["']\s*\+\s*message\[["']content["']\]""", RegexOptions.CultureInvariant)]
    private static partial Regex SpaceBeforeAnswer();

    [GeneratedRegex("""eos_token\s*\+\s*["'] ["']""", RegexOptions.CultureInvariant)]
    private static partial Regex SpaceAfterEnd();
}
