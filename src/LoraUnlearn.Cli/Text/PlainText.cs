using System.Text;

namespace LoraUnlearn.Cli.Text;

/// <summary>Makes text from files harmless to a terminal.</summary>
internal static class PlainText
{
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
