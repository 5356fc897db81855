namespace LoraUnlearn.Cli.Output;

/// <summary>Words of command lines that the tool prints for the user to copy.</summary>
internal static class ShellText
{
    /// <summary>A word, quoted where a shell would take it apart.</summary>
    public static string Quote(string word) =>
        word.Length > 0 && word.All(character => char.IsAsciiLetterOrDigit(character) || "/\\._-+:=@%,~".Contains(character, StringComparison.Ordinal))
            ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
