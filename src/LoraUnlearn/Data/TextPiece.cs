namespace LoraUnlearn.Data;

/// <summary>A piece of a text and where it came from: only a template may write special tokens.</summary>
internal readonly record struct TextPiece(string Text, bool IsTemplate)
{
    public static TextPiece FromTemplate(string text) => new(text, IsTemplate: true);

    public static TextPiece FromUser(string text) => new(text, IsTemplate: false);
}
