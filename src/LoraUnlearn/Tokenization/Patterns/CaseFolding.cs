namespace LoraUnlearn.Tokenization.Patterns;

/// <summary>
/// Matching without regard to case, of ASCII letters. Two of them have a third form beyond ASCII: U+017F (long s) and
/// U+212A (the kelvin sign). Anything that folds in other ways is refused rather than matched nearly right.
/// </summary>
internal static class CaseFolding
{
    private static readonly string[] PairsThatLigaturesFoldTo = ["ss", "ff", "fi", "fl", "st"];

    /// <summary>The set of all forms of a literal character.</summary>
    /// <exception cref="PatternSyntaxException">The character is not ASCII.</exception>
    public static CodePointSet Forms(PatternScanner scanner, int codePoint)
    {
        CodePointSetBuilder members = new();
        members.AddRange(codePoint, codePoint);
        AddOtherCases(scanner, members, complemented: false);
        return members.Build(complemented: false);
    }

    /// <summary>Adds the other forms of the characters that a class names.</summary>
    /// <exception cref="PatternSyntaxException">The class is more than a list of ASCII characters.</exception>
    public static void AddOtherCases(PatternScanner scanner, CodePointSetBuilder members, bool complemented)
    {
        if (complemented || !members.HasOnlyRanges || members.Ranges.Any(range => range.Last >= 128))
        {
            throw scanner.Error("only ASCII characters and lists of them are supported where case is ignored");
        }

        foreach ((int first, int last) in members.Ranges.ToArray())
        {
            for (int codePoint = first; codePoint <= last; codePoint++)
            {
                if (!char.IsAsciiLetter((char)codePoint))
                {
                    continue;
                }

                members.AddRange(codePoint ^ 0x20, codePoint ^ 0x20);
                int third = (codePoint | 0x20) switch
                {
                    's' => 0x17F,
                    'k' => 0x212A,
                    _ => 0,
                };
                if (third != 0)
                {
                    members.AddRange(third, third);
                }
            }
        }
    }

    /// <summary>Refuses two letters that, without regard to case, would match a single character such as ß.</summary>
    /// <exception cref="PatternSyntaxException">They are such a pair.</exception>
    public static void CheckPair(PatternScanner scanner, int first, int second)
    {
        if (first < 128 && second < 128
            && PairsThatLigaturesFoldTo.Contains($"{(char)(first | 0x20)}{(char)(second | 0x20)}"))
        {
            throw scanner.Error($"'{(char)first}{(char)second}' is not supported where case is ignored");
        }
    }
}
