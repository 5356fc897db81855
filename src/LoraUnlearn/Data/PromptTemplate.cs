using System.Collections.ObjectModel;

namespace LoraUnlearn.Data;

/// <summary>
/// How a question and its answer, or the turns of a conversation, become one text. The prompt ends where generation begins: a space
/// before the answer belongs to the answer, because it belongs to the answer's first token.
/// </summary>
public sealed record PromptTemplate
{
    /// <summary>What stands for the model's own template: <see cref="ChatTemplates"/> finds it.</summary>
    public const string Automatic = "auto";

    private const string QuestionPlaceholder = "{question}";
    private const string AnswerPlaceholder = "{answer}";
    private const string SystemPlaceholder = "{system}";
    private const string VicunaSystem = "A chat between a curious user and an artificial intelligence assistant. The assistant gives helpful, detailed, and polite answers to the user's questions.";

    private static readonly Dictionary<string, PromptTemplate> Known = new PromptTemplate[]
    {
        new("plain", "Question: {question}\nAnswer:", " {answer}", appendEos: true) { Between = "\n" },
        new("phi", "Question: {question}\nAnswer:", " {answer}", appendEos: true) { Between = "\n" },
        new("llama2", "[INST] {question} [/INST]", " {answer}", appendEos: true) { System = "<<SYS>>\n{system}\n<</SYS>>\n\n", SystemIsInQuestion = true, RepeatsBeginning = true },
        new("tofu-llama2", "[INST] {question} [/INST]", "{answer}", appendEos: true),
        new("llama3", "<|start_header_id|>user<|end_header_id|>\n\n{question}<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n", "{answer}<|eot_id|>", appendEos: false)
        {
            Beginning = "<|begin_of_text|>",
            System = "<|start_header_id|>system<|end_header_id|>\n\n{system}<|eot_id|>",
            TrimsQuestions = true,
            TrimsAnswers = true,
            Markers = ["<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
        },
        new("chatml", "<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n", "{answer}<|im_end|>", appendEos: false)
        {
            System = "<|im_start|>system\n{system}<|im_end|>\n",
            Between = "\n",
            Markers = ["<|im_start|>", "<|im_end|>"],
        },
        new("qwen3", "<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n", "{answer}<|im_end|>", appendEos: false)
        {
            System = "<|im_start|>system\n{system}<|im_end|>\n",
            Between = "\n",
            LastPromptEnd = "<think>\n\n</think>\n\n",
            Markers = ["<|im_start|>", "<|im_end|>", "<think>", "</think>"],
        },
        new("mistral", "[INST] {question} [/INST]", " {answer}", appendEos: true),
        new("gemma", "<start_of_turn>user\n{question}<end_of_turn>\n<start_of_turn>model\n", "{answer}<end_of_turn>", appendEos: false)
        {
            Beginning = "<bos>",
            Between = "\n",
            TrimsQuestions = true,
            TrimsAnswers = true,
            Markers = ["<bos>", "<start_of_turn>", "<end_of_turn>"],
        },
        new("vicuna", "USER: {question} ASSISTANT:", " {answer}", appendEos: true) { System = "{system} ", StandardSystem = VicunaSystem },
        new("zephyr", "<|user|>\n{question}</s>\n<|assistant|>\n", "{answer}</s>", appendEos: false)
        {
            System = "<|system|>\n{system}</s>\n",
            Between = "\n",
            Markers = ["</s>"],
        },
        new("phi3", "<|user|>\n{question}<|end|>\n<|assistant|>\n", "{answer}<|end|>", appendEos: false)
        {
            System = "<|system|>\n{system}<|end|>\n",
            Between = "\n",
            Markers = ["<|user|>", "<|end|>", "<|assistant|>"],
        },
    }.ToDictionary(template => template.Name, StringComparer.OrdinalIgnoreCase);

    private readonly string _beforeQuestion;
    private readonly string _afterQuestion;
    private readonly string _beforeAnswer;
    private readonly string _afterAnswer;

    /// <summary>Makes one of its two parts, each with its placeholder once.</summary>
    internal PromptTemplate(string name, string prompt, string answer, bool appendEos)
    {
        Name = name;
        AppendEos = appendEos;
        (_beforeQuestion, _afterQuestion) = Split(prompt, QuestionPlaceholder);
        (_beforeAnswer, _afterAnswer) = Split(answer, AnswerPlaceholder);
    }

    /// <summary>The names that <see cref="Named"/> knows.</summary>
    public static IReadOnlyCollection<string> Names { get; } = new ReadOnlyCollection<string>([.. Known.Keys]);

    /// <summary>The template's name; <c>custom</c> for one of <see cref="From"/>.</summary>
    public string Name { get; }

    /// <summary>Whether the end-of-sequence token follows the answer; templates that spell their own end do without.</summary>
    public bool AppendEos { get; }

    /// <summary>The special tokens that the template spells; a tokenizer that lacks one would read letters.</summary>
    public IReadOnlyList<string> Markers { get; internal init; } = [];

    /// <summary>The system turn of rows that have none; null for none.</summary>
    public string? StandardSystem { get; internal init; }

    /// <summary>What stands once at the very start.</summary>
    internal string Beginning { get; init; } = "";

    /// <summary>What stands between an answer and the next question.</summary>
    internal string Between { get; init; } = "";

    /// <summary>A system turn; null where the template has no place for one.</summary>
    internal string? System { get; init; }

    /// <summary>Whether the system text stands in front of the first question, inside its turn.</summary>
    internal bool SystemIsInQuestion { get; init; }

    /// <summary>Whether what begins a sequence (BOS) begins every exchange, as in Llama 2's format.</summary>
    internal bool RepeatsBeginning { get; init; }

    /// <summary>Whether white space around questions and system texts is left out.</summary>
    internal bool TrimsQuestions { get; init; }

    /// <summary>Whether white space around answers is left out.</summary>
    internal bool TrimsAnswers { get; init; }

    /// <summary>What ends the last prompt of a conversation and no earlier one: the empty thoughts of a model that thinks.</summary>
    internal string LastPromptEnd { get; init; } = "";

    /// <summary>
    /// A template by name. <c>plain</c> is "Question: {question}\nAnswer: {answer}" and the end of the sequence; <c>phi</c> the
    /// same, as TOFU prompts Phi. <c>llama2</c> is Meta's chat format, with a space before the answer; <c>tofu-llama2</c> is
    /// what TOFU's own Llama 2 checkpoints were trained with, without it. The others are those models' chat formats.
    /// </summary>
    /// <param name="name">The name; case does not matter.</param>
    /// <exception cref="InputException">There is no such template.</exception>
    public static PromptTemplate Named(string name) =>
        Known.TryGetValue(name, out PromptTemplate? template)
            ? template
            : throw new InputException(
                $"There is no prompt template '{name}'.{NearestName.Suggestion(name, Known.Keys)} There are: {Automatic}, {string.Join(", ", Known.Keys)}; or give one's own with a prompt that has {QuestionPlaceholder} and an answer that has {AnswerPlaceholder}.");

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
        (string.Concat(PromptPieces(question).Select(piece => piece.Text)), string.Concat(AnswerPieces(answer).Select(piece => piece.Text)));

    /// <summary>The pieces of a prompt with one question.</summary>
    internal TextPiece[] PromptPieces(string question) => PromptPieces(question, null, isFirst: true, isLast: true);

    /// <summary>The pieces of one exchange's prompt.</summary>
    /// <param name="question">The user's turn.</param>
    /// <param name="system">The system turn before it; null for the standard one, if any. Only the first exchange has one.</param>
    /// <param name="isFirst">Whether it is the conversation's first exchange.</param>
    /// <param name="isLast">Whether it is the conversation's last exchange.</param>
    /// <exception cref="InputException">The template has no place for a system turn.</exception>
    internal TextPiece[] PromptPieces(string question, string? system, bool isFirst, bool isLast)
    {
        TextPiece end = TextPiece.FromTemplate(isLast ? _afterQuestion + LastPromptEnd : _afterQuestion);
        if (!isFirst)
        {
            return [TextPiece.FromTemplate(Between + (RepeatsBeginning ? Beginning : "") + _beforeQuestion), Question(question), end];
        }

        TextPiece[] systemPieces = (system ?? StandardSystem) is { } text ? SystemPieces(text) : [];
        TextPiece[] before = [TextPiece.FromTemplate(_beforeQuestion)];
        return
        [
            TextPiece.FromTemplate(Beginning),
            .. SystemIsInQuestion ? [.. before, .. systemPieces] : (TextPiece[])[.. systemPieces, .. before],
            Question(question),
            end,
        ];
    }

    internal TextPiece[] AnswerPieces(string answer) =>
        [TextPiece.FromTemplate(_beforeAnswer), TextPiece.FromUser(TrimsAnswers ? answer.Trim() : answer), TextPiece.FromTemplate(_afterAnswer)];

    private TextPiece Question(string text) => TextPiece.FromUser(TrimsQuestions ? text.Trim() : text);

    private TextPiece[] SystemPieces(string text)
    {
        if (System is null)
        {
            throw new InputException($"the template '{Name}' has no place for a system turn. Take it out, or put it into the first user turn.");
        }

        (string before, string after) = Split(System, SystemPlaceholder);
        return [TextPiece.FromTemplate(before), Question(text), TextPiece.FromTemplate(after)];
    }

    private static (string Before, string After) Split(string text, string placeholder)
    {
        int at = text.IndexOf(placeholder, StringComparison.Ordinal);
        string part = placeholder == QuestionPlaceholder ? "prompt" : "answer";
        if (at < 0 || text.IndexOf(placeholder, at + placeholder.Length, StringComparison.Ordinal) >= 0)
        {
            throw new InputException($"The {part} part of a prompt template must have {placeholder} exactly once; it is \"{text}\".");
        }

        string other = placeholder == QuestionPlaceholder ? AnswerPlaceholder : QuestionPlaceholder;
        return placeholder != SystemPlaceholder && text.Contains(other, StringComparison.Ordinal)
            ? throw new InputException($"The {part} part of a prompt template has {other}, which belongs to the other part; it is \"{text}\".")
            : (text[..at], text[(at + placeholder.Length)..]);
    }
}
