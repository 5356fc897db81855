using System.Text;

namespace LoraUnlearn.Cli.Text;

/// <summary>Makes text from files harmless to a terminal.</summary>
internal static class PlainText
{
    private const int LongestValue = 80;
    private const int LongestWord = 320;
    private const int LongestMessage = 3000;

    /// <summary>The text with control characters other than line feed and tab replaced by '?', so that it cannot steer a terminal.</summary>
    public static string Clean(string text)
    {
        if (!text.Any(IsUnwanted))
        {
            return text;
        }

        StringBuilder clean = new(text.Length);
        foreach (char character in text)
        {
            clean.Append(IsUnwanted(character) ? '?' : character);
        }

        return clean.ToString();
    }

    /// <summary>A value as a message shows it: its beginning and its end, where it is long.</summary>
    public static string Cut(string value) => value.Length <= LongestValue ? value : $"{value[..(LongestValue / 2)]}…{value[^(LongestValue / 4)..]}";

    /// <summary>
    /// A message without what is too long to be read: words of hundreds of letters (a value, a path) are cut in the middle, and after
    /// a few thousand letters the rest is left out.
    /// </summary>
    public static string CutMessage(string message)
    {
        if (message.Length <= LongestWord)
        {
            return message;
        }

        StringBuilder text = new();
        int start = 0;
        while (start < message.Length && text.Length < LongestMessage)
        {
            int end = message.AsSpan(start).IndexOfAny(' ', '\n') is >= 0 and int length ? start + length + 1 : message.Length;
            string word = message[start..end];
            text.Append(word.Length <= LongestWord ? word : $"{word[..(LongestWord / 2)]}…{word[^(LongestWord / 4)..]}");
            start = end;
        }

        return start < message.Length ? text.Append('…').ToString() : text.ToString();
    }

    /// <summary>A number of bytes as people write it: "950 B", "1.5 kB", "11.3 MB".</summary>
    public static string Bytes(long count)
    {
        string[] units = ["B", "kB", "MB", "GB", "TB"];
        double value = count;
        int unit = 0;
        while (value >= 999.5 && unit < units.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        return unit == 0 ? $"{count} B" : $"{value:0.#} {units[unit]}";
    }

    private static bool IsUnwanted(char character) => char.IsControl(character) && character is not ('\n' or '\t');
}
