namespace LoraUnlearn.Cli;

/// <summary>What the exit codes of the tool mean.</summary>
internal static class ExitCode
{
    /// <summary>The work is done.</summary>
    public const int Done = 0;

    /// <summary>The input was good and the work failed: it diverged, memory ran out, a check was not met.</summary>
    public const int WorkFailed = 1;

    /// <summary>Bad usage or bad input, or an output that another run is writing.</summary>
    public const int BadInput = 2;

    /// <summary>Interrupted by the user.</summary>
    public const int Interrupted = 130;
}
