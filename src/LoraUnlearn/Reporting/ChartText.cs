namespace LoraUnlearn.Reporting;

/// <summary>Texts that another program will set: what fits where is estimated, a column being the width of an average Latin letter.</summary>
internal static class ChartText
{
    private const double LetterWidth = 0.56; // of the size, an average letter of a sans-serif face

    /// <summary>Text of at most so many columns.</summary>
    public static string Cut(string text, int columns)
    {
        int kept = text.Length;
        while (kept > 1 && Columns(text[..kept]) > columns - (kept < text.Length ? 1 : 0))
        {
            kept -= char.IsLowSurrogate(text[kept - 1]) && kept > 1 ? 2 : 1;
        }

        return kept < text.Length ? text[..kept].TrimEnd() + "…" : text;
    }

    /// <summary>About how wide a text is in letters of a size.</summary>
    public static double Width(string text, double size) => Columns(text) * size * LetterWidth;

    // Letters of East Asian scripts are twice as wide as Latin ones.
    private static int Columns(string text) => text.EnumerateRunes().Sum(rune => rune.Value is >= 0x1100 and < 0xD800 or >= 0xF900 ? 2 : 1);

    /// <summary>How many columns fit a width.</summary>
    public static int Letters(double width, double size) => Math.Max(1, (int)(width / (size * LetterWidth)));

    /// <summary>Lines of at most so many columns, at most three.</summary>
    public static string[] Wrap(string text, int columns)
    {
        const int MostLines = 3;
        List<string> lines = [""];
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (lines[^1].Length > 0 && Columns(lines[^1]) + 1 + Columns(word) > columns)
            {
                lines.Add("");
            }

            lines[^1] += lines[^1].Length > 0 ? $" {word}" : Cut(word, columns);
        }

        return text.Length == 0 ? [] : [.. lines.Take(MostLines)];
    }

    /// <summary>Text without what neither XML nor a page can hold: control characters become blanks, halves of surrogate pairs a replacement character.</summary>
    public static string Readable(string text) => string.Concat(text.EnumerateRunes().Select(rune => rune.Value is < 32 and not ('\n' or '\t') or (>= 0x7F and < 0xA0) or 0xFFFE or 0xFFFF ? " " : rune.ToString()));
}
