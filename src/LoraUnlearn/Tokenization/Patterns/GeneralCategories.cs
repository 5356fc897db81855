using System.Globalization;

namespace LoraUnlearn.Tokenization.Patterns;

/// <summary>Unicode's general categories by the names that \p{...} gives them.</summary>
internal static class GeneralCategories
{
    private static readonly (string Short, string Long, UnicodeCategory Category)[] Names =
    [
        ("lu", "uppercaseletter", UnicodeCategory.UppercaseLetter),
        ("ll", "lowercaseletter", UnicodeCategory.LowercaseLetter),
        ("lt", "titlecaseletter", UnicodeCategory.TitlecaseLetter),
        ("lm", "modifierletter", UnicodeCategory.ModifierLetter),
        ("lo", "otherletter", UnicodeCategory.OtherLetter),
        ("mn", "nonspacingmark", UnicodeCategory.NonSpacingMark),
        ("mc", "spacingmark", UnicodeCategory.SpacingCombiningMark),
        ("me", "enclosingmark", UnicodeCategory.EnclosingMark),
        ("nd", "decimalnumber", UnicodeCategory.DecimalDigitNumber),
        ("nl", "letternumber", UnicodeCategory.LetterNumber),
        ("no", "othernumber", UnicodeCategory.OtherNumber),
        ("zs", "spaceseparator", UnicodeCategory.SpaceSeparator),
        ("zl", "lineseparator", UnicodeCategory.LineSeparator),
        ("zp", "paragraphseparator", UnicodeCategory.ParagraphSeparator),
        ("cc", "control", UnicodeCategory.Control),
        ("cf", "format", UnicodeCategory.Format),
        ("cs", "surrogate", UnicodeCategory.Surrogate),
        ("co", "privateuse", UnicodeCategory.PrivateUse),
        ("cn", "unassigned", UnicodeCategory.OtherNotAssigned),
        ("pc", "connectorpunctuation", UnicodeCategory.ConnectorPunctuation),
        ("pd", "dashpunctuation", UnicodeCategory.DashPunctuation),
        ("ps", "openpunctuation", UnicodeCategory.OpenPunctuation),
        ("pe", "closepunctuation", UnicodeCategory.ClosePunctuation),
        ("pi", "initialpunctuation", UnicodeCategory.InitialQuotePunctuation),
        ("pf", "finalpunctuation", UnicodeCategory.FinalQuotePunctuation),
        ("po", "otherpunctuation", UnicodeCategory.OtherPunctuation),
        ("sm", "mathsymbol", UnicodeCategory.MathSymbol),
        ("sc", "currencysymbol", UnicodeCategory.CurrencySymbol),
        ("sk", "modifiersymbol", UnicodeCategory.ModifierSymbol),
        ("so", "othersymbol", UnicodeCategory.OtherSymbol),
    ];

    private static readonly (string Long, char Initial)[] Groups =
    [
        ("letter", 'l'), ("mark", 'm'), ("number", 'n'), ("separator", 'z'),
        ("other", 'c'), ("punctuation", 'p'), ("symbol", 's'),
    ];

    /// <summary>A bit for each <see cref="UnicodeCategory"/> that the name covers; 0 for a name that is no category.</summary>
    /// <remarks>Case, spaces, hyphens and underscores do not count, as in Oniguruma.</remarks>
    public static int Find(string name)
    {
        string plain = name.Replace("_", "").Replace("-", "").Replace(" ", "").ToLowerInvariant();
        foreach ((string longName, char initial) in Groups)
        {
            if (plain == longName)
            {
                plain = initial.ToString();
            }
        }

        int found = 0;
        foreach ((string shortName, string longName, UnicodeCategory category) in Names)
        {
            if (plain == shortName || plain == longName || (plain.Length == 1 && plain[0] == shortName[0]))
            {
                found |= 1 << (int)category;
            }
        }

        return found;
    }
}
