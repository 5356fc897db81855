namespace LoraUnlearn.Data;

/// <summary>How a model's chat template spells the turns of a conversation, in pieces: what Jinja would render for plain text turns.</summary>
internal sealed record ChatFormat
{
    /// <summary>The name, as <c>--template</c> has it.</summary>
    public required string Name { get; init; }

    /// <summary>Special tokens that the tokenizer must have for the format to mean anything.</summary>
    public IReadOnlyList<string> Markers { get; init; } = [];

    /// <summary>What stands in front of everything; usually the beginning-of-sequence token.</summary>
    public string Begin { get; init; } = string.Empty;

    /// <summary>In front of the system text.</summary>
    public string SystemBefore { get; init; } = string.Empty;

    /// <summary>After the system text.</summary>
    public string SystemAfter { get; init; } = string.Empty;

    /// <summary>Whether the system text stands inside the first user turn.</summary>
    public bool SystemInUser { get; init; }

    /// <summary>What the system turn always begins with, such as the dates of Llama 3.1; empty for nothing.</summary>
    public string SystemPreface { get; init; } = string.Empty;

    /// <summary>The system text where the conversation has none; null for no system turn.</summary>
    public string? DefaultSystem { get; init; }

    /// <summary>In front of a user's text.</summary>
    public required string UserBefore { get; init; }

    /// <summary>After a user's text.</summary>
    public required string UserAfter { get; init; }

    /// <summary>Where generation begins.</summary>
    public required string AssistantBefore { get; init; }

    /// <summary>Between there and the answer: a space that belongs to the answer's first token.</summary>
    public string AnswerLead { get; init; } = string.Empty;

    /// <summary>What ends an answer, and is scored with it.</summary>
    public required string AssistantAfter { get; init; }

    /// <summary>What follows an answer before the next turn, and is not scored.</summary>
    public string AfterTurn { get; init; } = string.Empty;

    /// <summary>Whether the end-of-sequence token ends each answer.</summary>
    public bool AppendEos { get; init; }

    /// <summary>Whether the template trims the turns.</summary>
    public bool Trims { get; init; }

    /// <summary>The pieces of a conversation.</summary>
    /// <param name="messages">The turns; the last is the assistant's.</param>
    /// <param name="scoreAll">Whether every assistant turn is scored, or the last alone.</param>
    public IReadOnlyList<ConversationPiece> Render(IReadOnlyList<ChatMessage> messages, bool scoreAll)
    {
        List<ConversationPiece> pieces = [];
        bool hasSystem = messages.Count > 0 && messages[0].Role == ChatRole.System;
        string? system = hasSystem ? messages[0].Content : DefaultSystem;
        Template(pieces, Begin);
        if (system is not null && !SystemInUser)
        {
            AddSystem(pieces, system);
            system = null;
        }

        for (int turn = hasSystem ? 1 : 0; turn < messages.Count; turn++)
        {
            string content = Trims ? messages[turn].Content.Trim() : messages[turn].Content;
            if (messages[turn].Role == ChatRole.Assistant)
            {
                bool last = turn == messages.Count - 1;
                AddAnswer(pieces, content, last || scoreAll, last);
                continue;
            }

            Template(pieces, UserBefore);
            if (system is not null)
            {
                AddSystem(pieces, system);
                system = null;
            }

            pieces.Add(new ConversationPiece(TextPiece.FromUser(content), IsScored: false));
            Template(pieces, UserAfter);
        }

        return pieces;
    }

    /// <summary>The prompt and answer parts for a single question, with the placeholders of <see cref="PromptTemplate"/>.</summary>
    public PromptTemplate ToPrompt(string name)
    {
        string system = DefaultSystem is { } text ? SystemBefore + SystemPreface + text + SystemAfter : string.Empty;
        string prompt = SystemInUser ? Begin + UserBefore + system : Begin + system + UserBefore;
        return PromptTemplate.Of(this, name, $"{prompt}{PromptTemplate.QuestionPlaceholder}{UserAfter}{AssistantBefore}", $"{AnswerLead}{PromptTemplate.AnswerPlaceholder}{AssistantAfter}");
    }

    private void AddSystem(List<ConversationPiece> pieces, string system)
    {
        Template(pieces, SystemBefore + SystemPreface);
        pieces.Add(new ConversationPiece(TextPiece.FromUser(Trims ? system.Trim() : system), IsScored: false));
        Template(pieces, SystemAfter);
    }

    private void AddAnswer(List<ConversationPiece> pieces, string content, bool scored, bool last)
    {
        Template(pieces, AssistantBefore);
        Template(pieces, AnswerLead, scored);
        pieces.Add(new ConversationPiece(TextPiece.FromUser(content), scored));
        Template(pieces, AssistantAfter, scored);
        if (AppendEos)
        {
            pieces.Add(new ConversationPiece(default, scored) { IsEos = true });
        }

        if (!last)
        {
            Template(pieces, AfterTurn);
        }
    }

    private static void Template(List<ConversationPiece> pieces, string text, bool scored = false)
    {
        if (text.Length > 0)
        {
            pieces.Add(new ConversationPiece(TextPiece.FromTemplate(text), scored));
        }
    }
}

/// <summary>A piece of a conversation's text and whether it is scored.</summary>
internal readonly record struct ConversationPiece(TextPiece Piece, bool IsScored)
{
    /// <summary>Whether this is the end-of-sequence token, whatever it is called.</summary>
    public bool IsEos { get; init; }
}
