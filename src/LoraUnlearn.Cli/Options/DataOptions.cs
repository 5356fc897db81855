using System.CommandLine;

namespace LoraUnlearn.Cli.Options;

/// <summary>The two data sets.</summary>
internal sealed class DataOptions
{
    /// <summary>Rows to forget.</summary>
    public Option<string> Forget { get; } = OptionKinds.RequiredInput("--forget", "FILE", "JSONL file with what to forget.");

    /// <summary>Rows to keep.</summary>
    public Option<string?> Retain { get; } = OptionKinds.Input("--retain", "FILE", "JSONL file with what to keep.");

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [Forget, Retain];
}
