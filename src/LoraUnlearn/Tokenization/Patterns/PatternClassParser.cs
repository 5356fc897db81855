namespace LoraUnlearn.Tokenization.Patterns;

/// <summary>Reads a bracketed class of a regular expression, such as [^\s\p{L}0-9].</summary>
internal static class PatternClassParser
{
    private const int DeepestNesting = 50;

    /// <summary>Reads the class; its opening bracket is read already.</summary>
    /// <exception cref="PatternSyntaxException">The class is malformed or not supported.</exception>
    public static CodePointSet Parse(PatternScanner scanner, bool ignoreCase, int depth = 0)
    {
        if (depth > DeepestNesting)
        {
            throw scanner.Error("classes are nested too deeply");
        }

        bool complemented = scanner.Take("^");
        CodePointSetBuilder members = new();
        for (bool first = true; ; first = false)
        {
            if (scanner.AtEnd)
            {
                throw scanner.Error("a class has no ']'");
            }

            if (scanner.Sees("]") && !(first && LiteralBracket(scanner)))
            {
                scanner.Take("]");
                break;
            }

            if (scanner.Sees("&&") || scanner.Sees("[:"))
            {
                throw scanner.Error("'&&' and POSIX brackets in a class are not supported");
            }

            if (scanner.Take("["))
            {
                members.AddSet(Parse(scanner, ignoreCase, depth + 1));
                continue;
            }

            ParseItem(scanner, members);
        }

        if (ignoreCase)
        {
            CaseFolding.AddOtherCases(scanner, members, complemented);
        }

        return members.Build(complemented);
    }

    /// <summary>A closing bracket that comes first is a member, if another one closes the class.</summary>
    private static bool LiteralBracket(PatternScanner scanner)
    {
        int position = scanner.Position;
        scanner.Take("]");
        bool closedLater = scanner.SeesLater(']');
        scanner.Return(position);
        return closedLater;
    }

    private static void ParseItem(PatternScanner scanner, CodePointSetBuilder members)
    {
        if (TryTakeClassEscape(scanner, members, bracketed: true))
        {
            return;
        }

        int first = TakeMember(scanner);
        int afterFirst = scanner.Position;
        if (!scanner.Take("-") || scanner.Sees("]") || scanner.Sees("[") || SeesClassEscape(scanner))
        {
            scanner.Return(afterFirst);
            members.AddRange(first, first);
            return;
        }

        int last = TakeMember(scanner);
        if (last < first)
        {
            throw scanner.Error("a range in a class runs backwards");
        }

        members.AddRange(first, last);
    }

    private static int TakeMember(PatternScanner scanner) =>
        scanner.Take("\\")
            ? scanner.Take("b") ? '\b' : scanner.TakeEscapedCodePoint()
            : scanner.TakeCodePoint();

    private static bool SeesClassEscape(PatternScanner scanner)
    {
        int position = scanner.Position;
        bool found = TryTakeClassEscape(scanner, new CodePointSetBuilder(), bracketed: true);
        scanner.Return(position);
        return found;
    }

    /// <summary>Reads \s, \d, \w, \p{...} and their complements.</summary>
    internal static bool TryTakeClassEscape(PatternScanner scanner, CodePointSetBuilder members, bool bracketed)
    {
        int position = scanner.Position;
        if (scanner.Take("\\") && !scanner.AtEnd)
        {
            char letter = scanner.Next;
            scanner.TakeCodePoint();
            if (letter is 'p' or 'P')
            {
                string name = scanner.TakeBracedName();
                return members.TryAddProperty(name, letter == 'P')
                    ? true
                    : throw scanner.Error($"the property '\\{letter}{{{name}}}' is not supported; general categories such as \\p{{L}} are");
            }

            if (members.TryAddEscape(letter, bracketed))
            {
                return true;
            }
        }

        scanner.Return(position);
        return false;
    }
}
