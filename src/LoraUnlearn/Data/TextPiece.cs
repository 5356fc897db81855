namespace LoraUnlearn.Data;

/// <summary>A piece of a text and which of the special tokens spelled in it count.</summary>
internal readonly record struct TextPiece(string Text, PieceOrigin Origin)
{
    /// <summary>Whether a template wrote it.</summary>
    public bool IsTemplate => Origin == PieceOrigin.Template;

    public static TextPiece FromTemplate(string text) => new(text, PieceOrigin.Template);

    public static TextPiece FromUser(string text) => new(text, PieceOrigin.User);

    public static TextPiece Rendered(string text) => new(text, PieceOrigin.Rendered);
}

/// <summary>Where a piece of a text comes from.</summary>
internal enum PieceOrigin
{
    /// <summary>A template: the markers it spells are special tokens.</summary>
    Template,

    /// <summary>A field that a template is filled with: what looks like a special token is ordinary text.</summary>
    User,

    /// <summary>A whole text that somebody has rendered already: every special token of the tokenizer counts.</summary>
    Rendered,
}
