namespace LoraUnlearn.Cli.Configuration;

/// <summary>One key of a configuration file.</summary>
/// <param name="Key">The key: an option's name without its dashes.</param>
/// <param name="Line">Where the key stands, counted from 1.</param>
/// <param name="Values">The scalar, or the scalars of the list.</param>
/// <param name="Pairs">The pairs of the mapping, where the value is one.</param>
internal sealed record ConfigurationEntry(
    string Key, long Line, IReadOnlyList<string> Values, IReadOnlyList<KeyValuePair<string, string>> Pairs);
