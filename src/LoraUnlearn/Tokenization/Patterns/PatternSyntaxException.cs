namespace LoraUnlearn.Tokenization.Patterns;

/// <summary>A regular expression is malformed, or uses something that is not supported here.</summary>
internal sealed class PatternSyntaxException(string message) : Exception(message);
