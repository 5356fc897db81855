using System.Text;
using LoraUnlearn.Cli.Verbs;

namespace LoraUnlearn.Cli.Tests;

/// <summary>One run of the tool inside the test's process: its exit code and what it wrote.</summary>
/// <param name="ExitCode">The exit code.</param>
/// <param name="Out">Standard output.</param>
/// <param name="Error">Standard error.</param>
internal sealed record ToolRun(int ExitCode, string Out, string Error)
{
    /// <summary>Runs the tool with its own verbs and nothing on standard input.</summary>
    public static ToolRun Of(params string[] arguments) => WithInput("", arguments);

    /// <summary>Runs the tool with its own verbs.</summary>
    public static ToolRun WithInput(string input, params string[] arguments) =>
        Run(VerbList.Create(), input, CancellationToken.None, arguments);

    /// <summary>Runs the tool with one verb.</summary>
    public static ToolRun OfVerb(Verb verb, params string[] arguments) =>
        Run([verb], "", CancellationToken.None, arguments);

    /// <summary>Runs the tool.</summary>
    public static ToolRun Run(
        IReadOnlyList<Verb> verbs, string input, CancellationToken cancellation, params string[] arguments)
    {
        using MemoryStream stream = new(Encoding.UTF8.GetBytes(input));
        StringWriter output = new() { NewLine = "\n" };
        StringWriter error = new() { NewLine = "\n" };
        int code = CommandLine.Run(arguments, verbs, new Terminal(stream, output, error), cancellation);
        return new ToolRun(code, output.ToString(), error.ToString());
    }
}
