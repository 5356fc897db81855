namespace LoraUnlearn.Tokenization.Patterns;

/// <summary>A regular expression backtracks more than its text can justify.</summary>
internal sealed class PatternStepsException : Exception
{
    /// <summary>Creates the exception.</summary>
    public PatternStepsException()
        : base("The regular expression takes too many steps.")
    {
    }
}
