using System.Globalization;

namespace LoraUnlearn.Tokenization.Patterns;

/// <summary>Walks over the text of a regular expression and reads its escapes.</summary>
internal sealed class PatternScanner(string pattern)
{
    /// <summary>Where the scanner is, in UTF-16 units.</summary>
    public int Position { get; private set; }

    /// <summary>Whether all is read.</summary>
    public bool AtEnd => Position >= pattern.Length;

    /// <summary>The next character, or NUL at the end.</summary>
    public char Next => AtEnd ? '\0' : pattern[Position];

    /// <summary>Whether the given text comes next.</summary>
    public bool Sees(string text) => string.CompareOrdinal(pattern, Position, text, 0, text.Length) == 0;

    /// <summary>Whether the given character occurs from here on.</summary>
    public bool SeesLater(char character) => pattern.AsSpan(Position).Contains(character);

    /// <summary>Passes over the given text if it comes next.</summary>
    public bool Take(string text)
    {
        if (!Sees(text))
        {
            return false;
        }

        Position += text.Length;
        return true;
    }

    /// <exception cref="PatternSyntaxException">The expression ends here.</exception>
    public int TakeCodePoint()
    {
        if (AtEnd)
        {
            throw Error("it ends too early");
        }

        int codePoint = Unicode.CodePoints.At(pattern, Position, out int units);
        Position += units;
        return codePoint;
    }

    public void Return(int position) => Position = position;

    /// <summary>Reads the rest of an escape that stands for one code point; the backslash is read already.</summary>
    /// <exception cref="PatternSyntaxException">It stands for something else.</exception>
    public int TakeEscapedCodePoint()
    {
        int letter = TakeCodePoint();
        switch (letter)
        {
            case 't': return '\t';
            case 'n': return '\n';
            case 'r': return '\r';
            case 'f': return '\f';
            case 'v': return '\v';
            case 'a': return '\a';
            case 'e': return 0x1B;
            case '0' when !char.IsAsciiDigit(Next): return 0;
            case 'u': return TakeHexadecimal(4, 4);
            case 'x' when Take("{"):
                int codePoint = TakeHexadecimal(1, 8);
                return Take("}") ? codePoint : throw Error("'\\x{' has no '}'");
            case 'x':
                int value = TakeHexadecimal(1, 2);
                return value < 128 ? value : throw Error("'\\x' with two digits means a byte here; write '\\x{...}'");
            case < 128 when char.IsAsciiLetterOrDigit((char)letter):
                throw Error($"the escape '\\{(char)letter}' is not supported");
            default: return letter;
        }
    }

    /// <summary>Reads "{name}" after \p or \P.</summary>
    /// <exception cref="PatternSyntaxException">There is no name in braces.</exception>
    public string TakeBracedName()
    {
        int end = pattern.IndexOf('}', Position);
        if (!Take("{") || end < 0)
        {
            throw Error("'\\p' needs a name in braces");
        }

        string name = pattern[Position..end];
        Position = end + 1;
        return name;
    }

    /// <returns>The number, or null where there is none or it is larger than the limit of a repetition.</returns>
    public int? TakeNumber()
    {
        int start = Position;
        while (char.IsAsciiDigit(Next))
        {
            Position++;
        }

        return int.TryParse(pattern.AsSpan(start, Position - start), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : null;
    }

    /// <summary>An error that says where in the expression it is.</summary>
    public PatternSyntaxException Error(string problem) =>
        new($"the regular expression {Quoted()} cannot be used: at character {Position}, {problem}");

    private string Quoted() => pattern.Length <= 200 ? $"'{pattern}'" : $"'{pattern[..200]}…'";

    private int TakeHexadecimal(int least, int most)
    {
        int start = Position;
        while (Position - start < most && char.IsAsciiHexDigit(Next))
        {
            Position++;
        }

        if (Position - start < least
            || !int.TryParse(pattern.AsSpan(start, Position - start), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int value)
            || value is < 0 or > 0x10FFFF or (>= 0xD800 and <= 0xDFFF))
        {
            throw Error("a code point in hexadecimal was expected");
        }

        return value;
    }
}
