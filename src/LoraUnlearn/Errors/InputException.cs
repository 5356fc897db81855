namespace LoraUnlearn.Errors;

/// <summary>
/// Something that the user gave cannot be used: a file, a row, an option. The message says what, where, what was
/// expected and what to do. The command line ends with exit code 2.
/// </summary>
public sealed class InputException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was found where, what was expected, and what to do.</param>
    public InputException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with its cause.</summary>
    /// <param name="message">What was found where, what was expected, and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public InputException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
