using System.Text;
using LoraUnlearn.Tokenization.Unicode;

namespace LoraUnlearn.Tokenization.Normalization;

/// <summary>Rewrites each character on its own: lower case, removal of accents, the byte-level alphabet and the like.</summary>
/// <param name="append">Appends what takes the place of the given code point, if anything.</param>
internal sealed class CharacterNormalizer(Action<int, StringBuilder> append) : INormalizer
{
    /// <summary>Lower case by Unicode's full mapping of single characters.</summary>
    public static CharacterNormalizer Lowercase { get; } = new((codePoint, output) =>
    {
        // The only character with a longer lower case.
        if (codePoint == 0x130)
        {
            output.Append("i\u0307");
            return;
        }

        CodePoints.Append(Rune.IsValid(codePoint) ? Rune.ToLowerInvariant(new Rune(codePoint)).Value : codePoint, output);
    });

    /// <summary>Removal of combining marks.</summary>
    public static CharacterNormalizer StripAccents { get; } = new((codePoint, output) =>
    {
        if (!CodePoints.IsMark(codePoint))
        {
            CodePoints.Append(codePoint, output);
        }
    });

    /// <summary>The rules of the Moses-style "nmt" normaliser: controls go, odd spaces become plain ones.</summary>
    public static CharacterNormalizer Nmt { get; } = new((codePoint, output) =>
    {
        switch (codePoint)
        {
            case (>= 0x01 and <= 0x08) or 0x0B or (>= 0x0E and <= 0x1F) or 0x7F or 0x8F or 0x9F:
                break;
            case 0x09 or 0x0A or 0x0C or 0x0D or 0x1680 or (>= 0x200B and <= 0x200F) or 0x2028 or 0x2029 or 0x2581
                or 0xFEFF or 0xFFFD:
                output.Append(' ');
                break;
            default:
                CodePoints.Append(codePoint, output);
                break;
        }
    });

    /// <summary>The byte-level alphabet.</summary>
    public static CharacterNormalizer ByteLevel { get; } = new((codePoint, output) =>
        ByteLevelAlphabet.AppendEncoded(char.ConvertFromUtf32(codePoint), output));

    /// <inheritdoc/>
    public NormalizedText Normalize(NormalizedText text)
    {
        StringBuilder output = new(text.Text.Length);
        int originPrefix = 0;
        for (int i = 0; i < text.Text.Length;)
        {
            int codePoint = CodePoints.At(text.Text, i, out int units);
            append(codePoint, output);
            i += units;
            originPrefix = i <= text.OriginPrefix ? output.Length : originPrefix;
        }

        return new NormalizedText(output.ToString(), originPrefix);
    }
}
