namespace LoraUnlearn.Errors;

/// <summary>
/// The input was good and the work failed all the same: the run diverged, memory ran out, a check was not met.
/// The command line ends with exit code 1.
/// </summary>
public sealed class WorkFailedException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What failed, where, and what to do.</param>
    public WorkFailedException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with its cause.</summary>
    /// <param name="message">What failed, where, and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public WorkFailedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
