using System.CommandLine;
using LoraUnlearn.Cli.Output;

namespace LoraUnlearn.Cli.Verbs;

/// <summary>One run of a verb: what was asked, where to report, and whether the user has interrupted.</summary>
/// <param name="Parsed">The parsed options, the configuration file's included.</param>
/// <param name="Reporter">Where results and progress go.</param>
/// <param name="In">Standard input.</param>
/// <param name="Cancellation">Cancelled when the user interrupts.</param>
internal sealed record Invocation(ParseResult Parsed, Reporter Reporter, Stream In, CancellationToken Cancellation)
{
    /// <summary>The value of an option, or its default.</summary>
    public T Get<T>(Option<T> option) => Parsed.GetValue(option)!;

    /// <summary>The value of an argument.</summary>
    public T Get<T>(Argument<T> argument) => Parsed.GetValue(argument)!;

    /// <summary>Whether an option stands on the command line or in the configuration file.</summary>
    public bool IsGiven(Option option) => Parsed.GetResult(option) is { Implicit: false };
}
