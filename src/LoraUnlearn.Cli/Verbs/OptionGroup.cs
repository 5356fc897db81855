using System.CommandLine;

namespace LoraUnlearn.Cli.Verbs;

/// <summary>Options that belong together, under one heading of the help.</summary>
/// <param name="Heading">The heading.</param>
/// <param name="Options">The options.</param>
internal sealed record OptionGroup(string Heading, IReadOnlyList<Option> Options);
