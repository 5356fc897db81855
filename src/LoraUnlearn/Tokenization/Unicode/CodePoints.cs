using System.Globalization;
using System.Text;

namespace LoraUnlearn.Tokenization.Unicode;

/// <summary>Code points in UTF-16 text, and the character classes that tokenizer files rely on.</summary>
internal static class CodePoints
{
    /// <summary>What stands for what is not Unicode text.</summary>
    public const char Replacement = '\uFFFD';

    private const int LetterMask =
        (1 << (int)UnicodeCategory.UppercaseLetter) | (1 << (int)UnicodeCategory.LowercaseLetter)
        | (1 << (int)UnicodeCategory.TitlecaseLetter) | (1 << (int)UnicodeCategory.ModifierLetter)
        | (1 << (int)UnicodeCategory.OtherLetter);

    private const int MarkMask =
        (1 << (int)UnicodeCategory.NonSpacingMark) | (1 << (int)UnicodeCategory.SpacingCombiningMark)
        | (1 << (int)UnicodeCategory.EnclosingMark);

    private const int NumberMask =
        (1 << (int)UnicodeCategory.DecimalDigitNumber) | (1 << (int)UnicodeCategory.LetterNumber)
        | (1 << (int)UnicodeCategory.OtherNumber);

    private const int PunctuationMask =
        (1 << (int)UnicodeCategory.ConnectorPunctuation) | (1 << (int)UnicodeCategory.DashPunctuation)
        | (1 << (int)UnicodeCategory.OpenPunctuation) | (1 << (int)UnicodeCategory.ClosePunctuation)
        | (1 << (int)UnicodeCategory.InitialQuotePunctuation) | (1 << (int)UnicodeCategory.FinalQuotePunctuation)
        | (1 << (int)UnicodeCategory.OtherPunctuation);

    private const int WordMask =
        LetterMask | MarkMask | (1 << (int)UnicodeCategory.DecimalDigitNumber)
        | (1 << (int)UnicodeCategory.LetterNumber) | (1 << (int)UnicodeCategory.ConnectorPunctuation);

    /// <summary>The code point at <paramref name="index"/> and how many UTF-16 units it takes.</summary>
    public static int At(ReadOnlySpan<char> text, int index, out int units)
    {
        char first = text[index];
        if (char.IsHighSurrogate(first) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]))
        {
            units = 2;
            return char.ConvertToUtf32(first, text[index + 1]);
        }

        units = 1;
        return first;
    }

    /// <summary>The code point that ends just before <paramref name="index"/> and how many UTF-16 units it takes.</summary>
    public static int Before(ReadOnlySpan<char> text, int index, out int units)
    {
        char last = text[index - 1];
        if (char.IsLowSurrogate(last) && index >= 2 && char.IsHighSurrogate(text[index - 2]))
        {
            units = 2;
            return char.ConvertToUtf32(text[index - 2], last);
        }

        units = 1;
        return last;
    }

    public static void Append(int codePoint, StringBuilder output)
    {
        if (codePoint <= 0xFFFF)
        {
            output.Append((char)codePoint);
            return;
        }

        output.Append(char.ConvertFromUtf32(codePoint));
    }

    /// <summary>How many UTF-16 units the first code point takes; 0 for an empty text.</summary>
    public static int FirstUnits(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
        {
            return 0;
        }

        At(text, 0, out int units);
        return units;
    }

    /// <summary>The text with every unpaired surrogate, which UTF-8 cannot carry, replaced by U+FFFD.</summary>
    public static string ReplaceUnpairedSurrogates(string text)
    {
        char[]? changed = null;
        for (int i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
            {
                continue;
            }

            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
                continue;
            }

            changed ??= text.ToCharArray();
            changed[i] = Replacement;
        }

        return changed is null ? text : new string(changed);
    }

    /// <summary>Unicode's White_Space property.</summary>
    public static bool IsWhiteSpace(int codePoint) => codePoint <= 0xFFFF && char.IsWhiteSpace((char)codePoint);

    /// <summary>General category N: decimal digits, letter numbers, other numbers.</summary>
    public static bool IsNumeric(int codePoint) => IsIn(codePoint, NumberMask);

    /// <summary>General category M.</summary>
    public static bool IsMark(int codePoint) => IsIn(codePoint, MarkMask);

    /// <summary>General category P, and the ASCII symbols that count as punctuation.</summary>
    public static bool IsPunctuation(int codePoint) =>
        codePoint < 128 ? char.IsPunctuation((char)codePoint) || char.IsSymbol((char)codePoint) : IsIn(codePoint, PunctuationMask);

    /// <summary>A word character as Oniguruma's \w outside of brackets, where six numerals of Latin-1 count too.</summary>
    public static bool IsOnigurumaWord(int codePoint) =>
        IsBracketedOnigurumaWord(codePoint) || codePoint is 0xB2 or 0xB3 or 0xB9 or (>= 0xBC and <= 0xBE);

    /// <summary>A word character as Unicode Technical Standard 18 recommends for \w, which has the join controls too.</summary>
    public static bool IsWord(int codePoint) =>
        IsBracketedOnigurumaWord(codePoint) || codePoint is 0x200C or 0x200D;

    /// <summary>
    /// A word character as Oniguruma's \w within brackets: alphabetic, mark, decimal digit or connector punctuation. The
    /// alphabetic characters are the letters, the letter numbers, some marks, and the circled and squared Latin letters.
    /// </summary>
    public static bool IsBracketedOnigurumaWord(int codePoint) =>
        IsIn(codePoint, WordMask)
        || codePoint is (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149)
            or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189);

    private static bool IsIn(int codePoint, int categories) =>
        (categories & (1 << (int)CharUnicodeInfo.GetUnicodeCategory(codePoint))) != 0;
}
