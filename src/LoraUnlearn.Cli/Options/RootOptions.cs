using System.CommandLine;

namespace LoraUnlearn.Cli.Options;

/// <summary>Options that work with and without a verb.</summary>
internal sealed class RootOptions
{
    /// <summary>Shows help; a word after it is a topic or a verb.</summary>
    public Option<string?> Help { get; } = new("--help", "-h", "-?")
    {
        Description = "Show help, and stop.",
        Recursive = true,
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>Shows the version.</summary>
    public Option<bool> Version { get; } = new("--version")
    {
        Description = "Show the version, and stop.",
        Arity = ArgumentArity.Zero,
    };
}
