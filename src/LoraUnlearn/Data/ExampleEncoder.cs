using LoraUnlearn.Tokenization;

namespace LoraUnlearn.Data;

/// <summary>
/// Turns rows into labelled sequences. What is scored: the answer and the end-of-sequence token (or the end that the
/// template spells) of a question row; the completion of a prompt row, with an end as the rules say; everything of a text row, cut
/// into chunks; the last turn of a conversation, or every turn of the assistant's; the labels, or everything, of a row of ids. Text that the tokenizer begins with a special token (BOS) gets it.
/// </summary>
public sealed class ExampleEncoder
{
    private readonly PieceEncoder? _pieces;
    private readonly PromptTemplate _template;
    private readonly int _maxLength;
    private readonly int? _eosId;
    private readonly SpecialTokens _special;
    private readonly RowEncodingRules _rules;
    private bool _isTemplateChecked;
    private readonly IReadOnlyList<string>? _refusals;
    private readonly long _seed;
    private readonly int _vocabularySize;

    /// <summary>Creates an encoder.</summary>
    /// <param name="tokenizer">The model's tokenizer; may be null when every row is already tokenised.</param>
    /// <param name="template">How question rows become text.</param>
    /// <param name="maxLength">The most tokens of a sequence; at least 2. Longer rows are cut, longer texts chunked.</param>
    /// <param name="eosId">The end-of-sequence id that templates with <see cref="PromptTemplate.AppendEos"/> get; null: none.</param>
    /// <param name="refusals">Replacement answers for question and prompt rows without their own; null: none.</param>
    /// <param name="seed">Chooses each row's refusal.</param>
    /// <param name="vocabularySize">The model's vocabulary: ids must be below; null: the tokenizer's, or no check without one.</param>
    /// <param name="rules">What is parsed, ended and scored; null: the defaults.</param>
    /// <param name="special">The model folder's special tokens, where <paramref name="eosId"/> is not all that is known; null: none.</param>
    /// <exception cref="InputException">The maximum length is below 2, or there is an empty list of refusals.</exception>
    public ExampleEncoder(
        ITextEncoder? tokenizer,
        PromptTemplate template,
        int maxLength,
        int? eosId = null,
        IReadOnlyList<string>? refusals = null,
        long seed = 0,
        int? vocabularySize = null,
        RowEncodingRules? rules = null,
        SpecialTokens? special = null)
    {
        if (maxLength < 2)
        {
            throw new InputException($"The maximum length is {maxLength}; at least 2 is needed, since the first token of a sequence is never scored.");
        }

        if (refusals is { Count: 0 })
        {
            throw new InputException("The list of refusals is empty; give at least one, or none at all.");
        }

        _special = special ?? SpecialTokens.None;
        _rules = rules ?? new RowEncodingRules();
        _pieces = tokenizer is null ? null : new PieceEncoder(tokenizer, _special.BeginningId);
        _template = template;
        _maxLength = maxLength;
        _eosId = eosId;
        _refusals = refusals;
        _seed = seed;
        _vocabularySize = vocabularySize ?? tokenizer?.VocabularySize ?? int.MaxValue;
    }

    /// <summary>How many rows this encoder has cut to the maximum length so far (chunked texts are not cut).</summary>
    public int TruncatedRows { get; private set; }

    /// <summary>How many special tokens the texts of the rows spelled, and were read as, so far.</summary>
    public int ParsedSpecialTokens { get; private set; }

    /// <summary>How many completions and texts got an end that they did not spell so far.</summary>
    public int AppendedEnds { get; private set; }

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
            string where = $"{source}, {rows[index].Place}";
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
        Pieces("prompt").Encode([new TextPiece(prompt, IsTemplate: parseSpecial)]);

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
        if (isQuestion)
        {
            CheckTemplate(pieces, where);
        }

        (int[] ids, int promptLength) = isQuestion
            ? pieces.Encode(_template.PromptPieces(prompt), _template.AnswerPieces(answer))
            : pieces.Encode([OwnText(pieces, prompt)], [OwnText(pieces, answer)]);
        bool ends = isQuestion ? _template.AppendEos : WantsEnd(ids, promptLength);
        if (ends && _eosId is { } eosId && (ids.Length == promptLength || ids[^1] != eosId))
        {
            ids = [.. ids, eosId];
            AppendedEnds += isQuestion ? 0 : 1;
        }

        return (LabelledSequence.ScoredFrom(ids, promptLength), promptLength);
    }

    private bool WantsEnd(int[] ids, int promptLength) => _rules.AppendEnd switch
    {
        EndOfRows.Off => false,
        EndOfRows.On => true,
        _ => ids.Length == promptLength || !_special.StopIds.Contains(ids[^1]),
    };

    /// <summary>Text of rows that may spell special tokens.</summary>
    private TextPiece OwnText(PieceEncoder pieces, string text)
    {
        if (!_rules.ParseSpecial)
        {
            return TextPiece.FromUser(text);
        }

        ParsedSpecialTokens += pieces.CountSpecial(text);
        return TextPiece.FromTemplate(text);
    }

    /// <summary>A template whose marks the tokenizer lacks would train on their letters.</summary>
    private void CheckTemplate(PieceEncoder pieces, string where)
    {
        if (_isTemplateChecked)
        {
            return;
        }

        if (_template.Markers.FirstOrDefault(marker => !pieces.IsMarker(marker)) is { } missing)
        {
            throw new InputException(
                $"{where}: --template {_template.Name} is made of '{missing}', which this model's tokenizer does not have as a special token, so the model has never seen it. Templates that fit: {string.Join(", ", PromptTemplate.Fitting(pieces.IsMarker))}.");
        }

        _isTemplateChecked = true;
    }

    private void AddConversation(List<Example> examples, DataRow row, string where)
    {
        PieceEncoder pieces = Pieces(where);
        CheckTemplate(pieces, where);
        (int[] ids, bool[] scored) = pieces.EncodeConversation(_template.Chat.Render(row.Messages!, _rules.ScoreAllTurns), _eosId);
        int[] labels = [.. ids.Select((id, index) => scored[index] ? id : LabelledSequence.NotScored)];

        // What to generate from ends where the last stretch of scored ids begins.
        int last = Array.LastIndexOf(scored, true);
        int prompt = last < 0 ? 0 : Array.LastIndexOf(scored, false, last) + 1;
        AddCut(examples, row, new LabelledSequence(ids, labels), null, prompt, where);
    }

    /// <summary>
    /// Chunks overlap by one token: the first token of a chunk cannot be scored in it, so it is the last one of the chunk
    /// before, and every token of the text but its first is scored exactly once.
    /// </summary>
    private void AddText(List<Example> examples, DataRow row, string where)
    {
        PieceEncoder pieces = Pieces(where);
        int[] ids = pieces.Encode([OwnText(pieces, row.Text!)]);
        bool ends = _rules.AppendEnd == EndOfRows.On || (_special.EndsTexts && _rules.AppendEnd == EndOfRows.Auto);
        if (ends && _eosId is { } eosId && (ids.Length == 0 || ids[^1] != eosId))
        {
            ids = [.. ids, eosId];
            AppendedEnds++;
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
        _pieces ?? throw new InputException($"{where}: this is text and there is no tokenizer. Put tokenizer.json into the model folder, or give rows with input_ids.");

    private string? ChooseRefusal(int index, string lead) =>
        _refusals is null ? null : lead + Refusals.Choose(_refusals, _seed, index);

    private static string LeadingSpace(string text) => text[..(text.Length - text.TrimStart().Length)];

    private static InputException NothingToScore(string where, string why) => new($"{where}: the row has nothing to score: {why}.");
}
