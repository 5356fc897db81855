namespace LoraUnlearn.Cli.Output;

/// <summary>Words of command lines that the tool prints for the user to copy.</summary>
internal static class ShellText
{
    /// <summary>How the tool was called: the script of a checkout says so itself.</summary>
    public static string Program { get; } = Environment.GetEnvironmentVariable("LORA_UNLEARN_PROGRAM") is { Length: > 0 } name ? Quote(name) : "lora-unlearn";

    /// <summary>A word, quoted where a shell would take it apart.</summary>
    public static string Quote(string word) =>
        word.Length > 0 && word.All(character => char.IsAsciiLetterOrDigit(character) || "/\\._-+:=@%,~".Contains(character, StringComparison.Ordinal))
            ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
