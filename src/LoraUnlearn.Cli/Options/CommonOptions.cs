using System.CommandLine;

namespace LoraUnlearn.Cli.Options;

/// <summary>Options of every verb.</summary>
internal sealed class CommonOptions
{
    /// <summary>A YAML file with options under their names; the command line wins.</summary>
    public Option<string?> Config { get; } = OptionKinds.Input(
        "--config", "FILE", "YAML file with options under their names without the dashes; the command line wins.");

    /// <summary>One JSON document on standard output and nothing else there.</summary>
    public Option<bool> Json { get; } = OptionKinds.Flag("--json", "Print one JSON document on standard output, and nothing else there.");

    /// <summary>No progress and no logs.</summary>
    public Option<bool> Quiet { get; } = OptionKinds.Flag("--quiet", "No progress and no logs, only results, warnings and errors.");

    /// <summary>More logs, and stack traces.</summary>
    public Option<bool> Verbose { get; } = OptionKinds.Flag("--verbose", "More logs; a stack trace with an error.");

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [Config, Json, Quiet, Verbose];
}
