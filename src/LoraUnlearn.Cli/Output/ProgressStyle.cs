namespace LoraUnlearn.Cli.Output;

/// <summary>How progress is shown.</summary>
internal enum ProgressStyle
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>A line now and then, for logs.</summary>
    Log,

    /// <summary>One line that renews itself, for a terminal.</summary>
    Line,
}
