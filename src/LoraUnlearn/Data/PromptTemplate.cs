using System.Collections.ObjectModel;

namespace LoraUnlearn.Data;

/// <summary>
/// How a question and its answer become one text. The prompt ends where generation begins: a space before the answer
/// belongs to the answer, because it belongs to the answer's first token.
/// </summary>
public sealed class PromptTemplate
{
    /// <summary>The name that stands for the tokenizer's own chat template.</summary>
    public const string Auto = "auto";

    internal const string QuestionPlaceholder = "{question}";
    internal const string AnswerPlaceholder = "{answer}";

    private static readonly Dictionary<string, PromptTemplate> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["plain"] = new("plain", "Question: {question}\nAnswer:", " {answer}", appendEos: true),
        ["phi"] = new("phi", "Question: {question}\nAnswer:", " {answer}", appendEos: true),
        ["llama2"] = new("llama2", "[INST] {question} [/INST]", " {answer}", appendEos: true),
        ["tofu-llama2"] = new("tofu-llama2", "[INST] {question} [/INST]", "{answer}", appendEos: true),
        ["llama3"] = new(
            "llama3",
            "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n{question}<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
            "{answer}<|eot_id|>",
            appendEos: false),
        ["chatml"] = new("chatml", "<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n", "{answer}<|im_end|>", appendEos: false),
        ["mistral"] = new("mistral", "[INST] {question} [/INST]", " {answer}", appendEos: true),
        ["gemma"] = new(
            "gemma",
            "<bos><start_of_turn>user\n{question}<end_of_turn>\n<start_of_turn>model\n",
            "{answer}<end_of_turn>",
            appendEos: false),
        ["vicuna"] = new(
            "vicuna",
            "A chat between a curious user and an artificial intelligence assistant. The assistant gives helpful, detailed, and polite answers to the user's questions. USER: {question} ASSISTANT:",
            " {answer}",
            appendEos: true),
        ["zephyr"] = new("zephyr", "<|user|>\n{question}</s>\n<|assistant|>\n", "{answer}</s>", appendEos: false),
        ["phi3"] = new("phi3", "<|user|>\n{question}<|end|>\n<|assistant|>\n", "{answer}<|end|>", appendEos: false),
    };

    private readonly string _beforeQuestion;
    private readonly string _afterQuestion;
    private readonly string _beforeAnswer;
    private readonly string _afterAnswer;

    private PromptTemplate(string name, string prompt, string answer, bool appendEos)
    {
        Name = name;
        AppendEos = appendEos;
        (_beforeQuestion, _afterQuestion) = Split(prompt, QuestionPlaceholder);
        (_beforeAnswer, _afterAnswer) = Split(answer, AnswerPlaceholder);
        Chat = ChatFormats.Find(name) ?? (name is "tofu-llama2" ? ChatFormats.Llama2 : ChatFormats.Plain);
    }

    /// <summary>The names that <see cref="Named"/> knows.</summary>
    public static IReadOnlyCollection<string> Names { get; } = new ReadOnlyCollection<string>([.. Known.Keys]);

    /// <summary>The template's name; <c>custom</c> for one of <see cref="From"/>.</summary>
    public string Name { get; }

    /// <summary>Whether the end-of-sequence token follows the answer; templates that spell their own end do without.</summary>
    public bool AppendEos { get; }

    /// <summary>How conversations of several turns are spelled; the plain form for templates that are not of a chat model.</summary>
    internal ChatFormat Chat { get; private init; }

    /// <summary>Special tokens that the tokenizer must have, because the template is made of them.</summary>
    public IReadOnlyList<string> Markers => Name == "custom" || Chat == ChatFormats.Plain ? [] : Chat.Markers;

    /// <summary>The names of the templates whose special tokens a tokenizer has.</summary>
    /// <param name="isSpecial">Whether the tokenizer has a special token spelled so.</param>
    internal static IEnumerable<string> Fitting(Predicate<string> isSpecial) =>
        Known.Where(template => template.Value.Markers.All(marker => isSpecial(marker))).Select(template => template.Key);

    /// <summary>A template out of the pieces of a chat format.</summary>
    internal static PromptTemplate Of(ChatFormat format, string name, string prompt, string answer) =>
        new(name, prompt, answer, format.AppendEos) { Chat = format };

    /// <summary>
    /// A template by name. <c>plain</c> is "Question: {question}\nAnswer: {answer}" and the end of the sequence; <c>phi</c> the
    /// same, as TOFU prompts Phi. <c>llama2</c> is Meta's chat format, with a space before the answer; <c>tofu-llama2</c> is
    /// what TOFU's own Llama 2 checkpoints were trained with, without it. The others are those models' chat formats with one
    /// turn and no system text.
    /// </summary>
    /// <param name="name">The name; case does not matter.</param>
    /// <exception cref="InputException">There is no such template.</exception>
    public static PromptTemplate Named(string name) =>
        Known.TryGetValue(name, out PromptTemplate? template)
            ? template
            : throw new InputException(
                $"There is no prompt template '{name}'.{NearestName.Suggestion(name, Known.Keys)} There are: {string.Join(", ", Known.Keys)}; or give one's own with a prompt that has {QuestionPlaceholder} and an answer that has {AnswerPlaceholder}.");

    /// <summary>One's own template.</summary>
    /// <param name="prompt">The prompt, with <c>{question}</c> once.</param>
    /// <param name="answer">What follows the prompt, with <c>{answer}</c> once; with the space before it, if there is one.</param>
    /// <param name="appendEos">Whether the end-of-sequence token follows (not a second time where the answer part spells it).</param>
    /// <exception cref="InputException">A placeholder is missing, misplaced or there twice.</exception>
    public static PromptTemplate From(string prompt, string answer, bool appendEos = true) =>
        new("custom", prompt, answer, appendEos);

    /// <summary>Fills the template in. Braces in the question or the answer are left as they are.</summary>
    /// <param name="question">The question.</param>
    /// <param name="answer">The answer.</param>
    /// <returns>The prompt to generate from, and the text that is scored after it, without the end-of-sequence token.</returns>
    public (string Prompt, string Answer) Render(string question, string answer) =>
        (_beforeQuestion + question + _afterQuestion, _beforeAnswer + answer + _afterAnswer);

    internal TextPiece[] PromptPieces(string question) =>
        [TextPiece.FromTemplate(_beforeQuestion), TextPiece.FromUser(question), TextPiece.FromTemplate(_afterQuestion)];

    internal TextPiece[] AnswerPieces(string answer) =>
        [TextPiece.FromTemplate(_beforeAnswer), TextPiece.FromUser(answer), TextPiece.FromTemplate(_afterAnswer)];

    private static (string Before, string After) Split(string text, string placeholder)
    {
        int at = text.IndexOf(placeholder, StringComparison.Ordinal);
        string part = placeholder == QuestionPlaceholder ? "prompt" : "answer";
        if (at < 0 || text.IndexOf(placeholder, at + placeholder.Length, StringComparison.Ordinal) >= 0)
        {
            throw new InputException($"The {part} part of a prompt template must have {placeholder} exactly once; it is \"{text}\".");
        }

        string other = placeholder == QuestionPlaceholder ? AnswerPlaceholder : QuestionPlaceholder;
        return text.Contains(other, StringComparison.Ordinal)
            ? throw new InputException($"The {part} part of a prompt template has {other}, which belongs to the other part; it is \"{text}\".")
            : (text[..at], text[(at + placeholder.Length)..]);
    }
}
