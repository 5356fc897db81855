namespace LoraUnlearn.Tokenization.PreTokenization;

/// <summary>A stretch of text between two cuts, without a copy.</summary>
/// <param name="Text">The text it lies in.</param>
/// <param name="Start">Where it begins, in UTF-16 units.</param>
/// <param name="Length">How many UTF-16 units it has.</param>
/// <param name="OriginPrefix">See <see cref="Normalization.NormalizedText"/>.</param>
internal readonly record struct TextPiece(string Text, int Start, int Length, int OriginPrefix)
{
    /// <summary>The text of the piece.</summary>
    public ReadOnlySpan<char> Span => Text.AsSpan(Start, Length);

    /// <summary>The whole of a text.</summary>
    public static TextPiece Of(string text, int originPrefix) => new(text, 0, text.Length, originPrefix);

    /// <summary>A part of the piece.</summary>
    public TextPiece Slice(int start, int end) =>
        new(Text, Start + start, end - start, Math.Clamp(OriginPrefix - start, 0, end - start));
}
