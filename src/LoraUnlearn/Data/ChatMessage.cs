namespace LoraUnlearn.Data;

/// <summary>Who speaks in a turn of a conversation.</summary>
public enum ChatRole
{
    /// <summary>The instructions in front.</summary>
    System,

    /// <summary>The person who asks.</summary>
    User,

    /// <summary>The model: what can be scored.</summary>
    Assistant,
}

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">Who speaks.</param>
/// <param name="Content">What is said.</param>
public sealed record ChatMessage(ChatRole Role, string Content);
