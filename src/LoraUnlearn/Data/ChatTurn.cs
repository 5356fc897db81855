namespace LoraUnlearn.Data;

/// <summary>Who speaks in a turn of a conversation.</summary>
public enum ChatRole
{
    /// <summary>Instructions before the conversation.</summary>
    System,

    /// <summary>The person.</summary>
    User,

    /// <summary>The model, whose turns are what can be scored.</summary>
    Assistant,
}

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">Who speaks.</param>
/// <param name="Content">What is said.</param>
public sealed record ChatTurn(ChatRole Role, string Content);
