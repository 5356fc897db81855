using System.Text;

namespace LoraUnlearn.Cli.Tests;

/// <summary>The words of a command line, single quotes and backslashes taken as a shell takes them.</summary>
internal static class ShellWords
{
    public static string[] Of(string line)
    {
        List<string> words = [];
        StringBuilder word = new();
        bool isQuoted = false, isEscaped = false;
        foreach (char character in line + " ")
        {
            if (isEscaped)
            {
                word.Append(character);
                isEscaped = false;
            }
            else if (character == '\'')
            {
                isQuoted = !isQuoted;
            }
            else if (character == '\\' && !isQuoted)
            {
                isEscaped = true;
            }
            else if (character == ' ' && !isQuoted)
            {
                words.Add(word.ToString());
                word.Clear();
            }
            else
            {
                word.Append(character);
            }
        }

        return [.. words];
    }
}
