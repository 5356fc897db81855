using LoraUnlearn.Tokenization;

namespace LoraUnlearn.Data;

/// <summary>Whether special tokens spelled in prompt, completion and text rows count as such.</summary>
public enum SpecialTokenText
{
    /// <summary>They do: the rows are the user's own, often rendered already.</summary>
    Parse,

    /// <summary>They are ordinary text.</summary>
    Text,
}

/// <summary>Whether a completion is followed by the end-of-sequence token.</summary>
public enum EosRule
{
    /// <summary>Where the row does not end with a special token already.</summary>
    Auto,

    /// <summary>Always, but not twice.</summary>
    On,

    /// <summary>Never.</summary>
    Off,
}

/// <summary>
/// Turns rows into labelled sequences. What is scored: the answer and the end-of-sequence token (or the end that the
/// template spells) of a question row; the last assistant turn, or each, of a conversation; the completion and its end of a prompt row;
/// everything of a text row, cut into chunks; the labels, or everything, of a row of ids. Text that the tokenizer begins with a special
/// token (BOS) gets it.
/// </summary>
public sealed class ExampleEncoder
{
    private readonly ITextEncoder? _tokenizer;
    private readonly Lazy<PieceEncoder?> _pieces;
    private readonly PromptTemplate _template;
    private readonly int _maxLength;
    private readonly int? _eosId;
    private readonly IReadOnlyList<string>? _refusals;
    private readonly long _seed;
    private readonly int _vocabularySize;

    /// <summary>Creates an encoder.</summary>
    /// <param name="tokenizer">The model's tokenizer; may be null when every row is already tokenised.</param>
    /// <param name="template">How question rows and conversations become text.</param>
    /// <param name="maxLength">The most tokens of a sequence; at least 2. Longer rows are cut, longer texts chunked.</param>
    /// <param name="eosId">The end-of-sequence id that templates with <see cref="PromptTemplate.AppendEos"/> and completions get; null: none.</param>
    /// <param name="refusals">Replacement answers for question and prompt rows without their own; null: none.</param>
    /// <param name="seed">Chooses each row's refusal.</param>
    /// <param name="vocabularySize">The model's vocabulary: ids must be below; null: the tokenizer's, or no check without one.</param>
    /// <exception cref="InputException">The maximum length is below 2, or there is an empty list of refusals.</exception>
    public ExampleEncoder(
        ITextEncoder? tokenizer,
        PromptTemplate template,
        int maxLength,
        int? eosId = null,
        IReadOnlyList<string>? refusals = null,
        long seed = 0,
        int? vocabularySize = null)
    {
        if (maxLength < 2)
        {
            throw new InputException($"The maximum length is {maxLength}; at least 2 is needed, since the first token of a sequence is never scored.");
        }

        if (refusals is { Count: 0 })
        {
            throw new InputException("The list of refusals is empty; give at least one, or none at all.");
        }

        _tokenizer = tokenizer;
        _pieces = new Lazy<PieceEncoder?>(() => tokenizer is null ? null : new PieceEncoder(tokenizer, BosId));
        _template = template;
        _maxLength = maxLength;
        _eosId = eosId;
        _refusals = refusals;
        _seed = seed;
        _vocabularySize = vocabularySize ?? tokenizer?.VocabularySize ?? int.MaxValue;
    }

    /// <summary>Whether special tokens in prompt, completion and text rows count as such.</summary>
    public SpecialTokenText SpecialTokens { get; init; }

    /// <summary>Whether completions end with the end-of-sequence token.</summary>
    public EosRule AppendEos { get; init; }

    /// <summary>Whether every assistant turn of a conversation is scored, not the last alone.</summary>
    public bool ScoresAllAssistantTurns { get; init; }

    /// <summary>What begins a sequence where the tokenizer's post-processor adds nothing; null for nothing.</summary>
    public int? BosId { get; init; }

    /// <summary>Whether text rows end with the end-of-sequence token, as <c>add_eos_token</c> asks for.</summary>
    public bool EndsTexts { get; init; }

    /// <summary>Special tokens that were found spelled in prompt, completion and text rows so far.</summary>
    public int SpecialTokensFound { get; private set; }

    /// <summary>Completions that got an end-of-sequence token so far.</summary>
    public int CompletionsEnded { get; private set; }

    /// <summary>Prompt and completion rows so far.</summary>
    public int Completions { get; private set; }

    /// <summary>How many rows this encoder has cut to the maximum length so far (chunked texts are not cut).</summary>
    public int TruncatedRows { get; private set; }

    /// <summary>Encodes the rows of a file.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="source">The file's name, for messages.</param>
    /// <returns>The examples in the order of the rows; at least one.</returns>
    /// <exception cref="InputException">No rows; a row with nothing to score; an id outside the vocabulary; text without a tokenizer. The message names file and line.</exception>
    public IReadOnlyList<Example> Encode(IReadOnlyList<DataRow> rows, string source)
    {
        List<Example> examples = new(rows.Count);
        for (int index = 0; index < rows.Count; index++)
        {
            string where = $"{source}, line {rows[index].Line}";
            int first = examples.Count;
            switch (rows[index].Kind)
            {
                case DataRowKind.Tokens:
                    AddTokens(examples, rows[index], where);
                    break;
                case DataRowKind.Text:
                    AddText(examples, rows[index], where);
                    break;
                case DataRowKind.Conversation:
                    AddConversation(examples, rows[index], where);
                    break;
                default:
                    AddPrompted(examples, rows[index], index, where);
                    break;
            }

            foreach (Example example in examples.Skip(first))
            {
                CheckIds(example.Sequence, where);
                CheckIds(example.Alternate, where);
            }
        }

        return examples.Count > 0 ? examples : throw new InputException($"{source} holds no rows; at least one was expected.");
    }

    /// <summary>Encodes a text to generate from, as it is: no template, and in front what the tokenizer begins a sequence with.</summary>
    /// <param name="prompt">The text.</param>
    /// <param name="parseSpecial">Whether special tokens spelled in the text become their ids; false for text of unknown origin.</param>
    /// <exception cref="InputException">There is no tokenizer.</exception>
    public int[] EncodePrompt(string prompt, bool parseSpecial = false) =>
        Pieces("prompt").Encode([parseSpecial ? TextPiece.Rendered(prompt) : TextPiece.FromUser(prompt)]);

    private void AddPrompted(List<Example> examples, DataRow row, int index, string where)
    {
        bool isQuestion = row.Kind == DataRowKind.QuestionAnswer;
        string prompt = (isQuestion ? row.Question : row.Prompt)!;
        string answer = (isQuestion ? row.Answer : row.Completion)!;
        string? alternate = row.Alternate ?? ChooseRefusal(index, isQuestion ? "" : LeadingSpace(answer));

        (LabelledSequence whole, int promptLength) = EncodePrompted(isQuestion, prompt, answer, where);
        LabelledSequence? wholeAlternate = alternate is null ? null : EncodePrompted(isQuestion, prompt, alternate, where).Sequence;
        AddCut(examples, row, whole, wholeAlternate, promptLength, where);
    }

    private (LabelledSequence Sequence, int PromptLength) EncodePrompted(bool isQuestion, string prompt, string answer, string where)
    {
        PieceEncoder pieces = Pieces(where);
        (int[] ids, int promptLength) = isQuestion
            ? pieces.Encode(_template.PromptPieces(prompt), _template.AnswerPieces(answer))
            : pieces.Encode([Whole(prompt)], [Whole(answer)]);
        if (!isQuestion)
        {
            CountSpecialTokens(pieces, ids, prompt, answer);
        }

        bool ends = isQuestion ? _template.AppendEos : EndsCompletion(ids, promptLength);
        if (ends && _eosId is { } eosId && (ids.Length == promptLength || ids[^1] != eosId))
        {
            ids = [.. ids, eosId];
            CompletionsEnded += isQuestion ? 0 : 1;
        }

        return (LabelledSequence.ScoredFrom(ids, promptLength), promptLength);
    }

    private bool EndsCompletion(int[] ids, int promptLength)
    {
        Completions++;
        return AppendEos switch
        {
            EosRule.On => true,
            EosRule.Off => false,
            _ => ids.Length == promptLength || !_tokenizer!.IsSpecial(ids[^1]),
        };
    }

    /// <summary>The text of a row that is the user's own from end to end.</summary>
    private TextPiece Whole(string text) => SpecialTokens == SpecialTokenText.Text ? TextPiece.FromUser(text) : TextPiece.Rendered(text);

    private void CountSpecialTokens(PieceEncoder pieces, int[] ids, params ReadOnlySpan<string> texts)
    {
        if (SpecialTokens == SpecialTokenText.Text)
        {
            return;
        }

        foreach (string text in texts)
        {
            SpecialTokensFound += pieces.CountSpecialTokens(text, ids);
        }
    }

    /// <summary>
    /// Exchange by exchange: every template ends an answer with a special token, so that no token of the tokenizer spans two of them.
    /// </summary>
    private void AddConversation(List<Example> examples, DataRow row, string where)
    {
        PieceEncoder pieces = Pieces(where);
        IReadOnlyList<ChatTurn> turns = row.Turns!;
        string? system = turns[0].Role == ChatRole.System ? turns[0].Content : null;
        List<int> ids = [], labels = [];
        int promptLength = 0;
        for (int at = system is null ? 0 : 1; at < turns.Count; at += 2)
        {
            bool isFirst = ids.Count == 0, isLast = at + 2 >= turns.Count;
            (int[] exchange, int prompt) = EncodeExchange(pieces, turns[at].Content, turns[at + 1].Content, system, isFirst, isLast, where);
            promptLength = ids.Count + prompt;
            ids.AddRange(exchange);
            labels.AddRange(exchange.Select((id, position) => position >= prompt && (isLast || ScoresAllAssistantTurns) ? id : LabelledSequence.NotScored));
        }

        AddCut(examples, row, new LabelledSequence([.. ids], [.. labels]), null, promptLength, where);
    }

    private (int[] Ids, int PromptLength) EncodeExchange(PieceEncoder pieces, string question, string answer, string? system, bool isFirst, bool isLast, string where)
    {
        TextPiece[] prompt;
        try
        {
            prompt = _template.PromptPieces(question, system, isFirst, isLast);
        }
        catch (InputException error)
        {
            throw new InputException($"{where}: {error.Message}", error);
        }

        (int[] ids, int promptLength) = pieces.Encode(prompt, _template.AnswerPieces(answer));
        if (!isFirst && !_template.RepeatsBeginning && pieces.Prefix.Length > 0 && ids.AsSpan().StartsWith(pieces.Prefix))
        {
            (ids, promptLength) = (ids[pieces.Prefix.Length..], promptLength - pieces.Prefix.Length);
        }

        return _template.AppendEos && _eosId is { } eosId && ids[^1] != eosId ? ([.. ids, eosId], promptLength) : (ids, promptLength);
    }

    /// <summary>
    /// Chunks overlap by one token: the first token of a chunk cannot be scored in it, so it is the last one of the chunk
    /// before, and every token of the text but its first is scored exactly once.
    /// </summary>
    private void AddText(List<Example> examples, DataRow row, string where)
    {
        PieceEncoder pieces = Pieces(where);
        int[] ids = pieces.Encode([Whole(row.Text!)]);
        CountSpecialTokens(pieces, ids, row.Text!);
        if (EndsTexts && _eosId is { } eosId && ids.Length > 0 && ids[^1] != eosId && pieces.IsBare)
        {
            ids = [.. ids, eosId];
        }

        if (ids.Length < 2)
        {
            throw NothingToScore(where, $"the text is {ids.Length} token(s) long, and the first is never scored");
        }

        for (int start = 0; start < ids.Length - 1; start += _maxLength - 1)
        {
            int[] chunk = ids[start..Math.Min(start + _maxLength, ids.Length)];
            examples.Add(new Example(examples.Count, LabelledSequence.ScoredFrom(chunk, start == 0 ? 0 : 1), null, row, null));
        }
    }

    private void AddTokens(List<Example> examples, DataRow row, string where)
    {
        LabelledSequence sequence = new(row.InputIds!, row.Labels ?? [.. row.InputIds!]);
        LabelledSequence? alternate = row.AlternateInputIds is { } ids ? new(ids, row.AlternateLabels ?? [.. ids]) : null;
        int firstLabelled = Array.FindIndex(sequence.Labels, label => label != LabelledSequence.NotScored);
        AddCut(examples, row, sequence, alternate, row.Labels is null || firstLabelled <= 0 ? null : firstLabelled, where);
    }

    private void AddCut(List<Example> examples, DataRow row, LabelledSequence whole, LabelledSequence? alternate, int? promptLength, string where)
    {
        LabelledSequence cut = whole.CutTo(_maxLength);
        LabelledSequence? cutAlternate = alternate?.CutTo(_maxLength);
        foreach ((LabelledSequence? full, LabelledSequence? kept) in new[] { (whole, cut), (alternate, cutAlternate) })
        {
            if (kept is not { LabelledCount: 0 })
            {
                continue;
            }

            throw NothingToScore(
                where,
                full is { LabelledCount: > 0 }
                    ? $"only the first {_maxLength} of its {full.Length} tokens are kept, and what is scored comes after them; raise the maximum length"
                    : $"{full!.Length} token(s) with no label after the first, which is never scored");
        }

        if (cut.Length < whole.Length || cutAlternate?.Length < alternate?.Length)
        {
            TruncatedRows++;
        }

        examples.Add(new Example(examples.Count, cut, cutAlternate, row, promptLength));
    }

    private void CheckIds(LabelledSequence? sequence, string where)
    {
        for (int t = 0; t < sequence?.Length; t++)
        {
            int id = sequence.InputIds[t];
            int label = sequence.Labels[t];
            if (id < 0 || id >= _vocabularySize)
            {
                throw new InputException($"{where}: token id {id} at position {t} is outside the vocabulary of {_vocabularySize}. Is this the model's own tokenizer?");
            }

            if (label != LabelledSequence.NotScored && (label < 0 || label >= _vocabularySize))
            {
                throw new InputException($"{where}: label {label} at position {t} is neither in the vocabulary of {_vocabularySize} nor {LabelledSequence.NotScored}, which means not scored.");
            }
        }
    }

    private PieceEncoder Pieces(string where) =>
        _pieces.Value ?? throw new InputException($"{where}: this is text and there is no tokenizer. Put tokenizer.json into the model folder, or give rows with input_ids.");

    private string? ChooseRefusal(int index, string lead) =>
        _refusals is null ? null : lead + Refusals.Choose(_refusals, _seed, index);

    private static string LeadingSpace(string text) => text[..(text.Length - text.TrimStart().Length)];

    private static InputException NothingToScore(string where, string why) => new($"{where}: the row has nothing to score: {why}.");
}
