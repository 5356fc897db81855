using LoraUnlearn.Tokenization.Json;

namespace LoraUnlearn.Tokenization.Patterns;

/// <summary>Reads the pattern of a component: {"String": "..."} or {"Regex": "..."}.</summary>
internal static class PatternReader
{
    /// <summary>Reads the pattern.</summary>
    /// <exception cref="InputException">It is of another kind, malformed, or uses what is not supported.</exception>
    public static TextPattern Read(JsonPart part)
    {
        (string kind, JsonPart value) = part.AsChoice();
        switch (kind)
        {
            case "String":
                return new LiteralPattern(value.AsString());
            case "Regex":
                try
                {
                    return new RegexPattern(value.AsString(), value.Origin);
                }
                catch (PatternSyntaxException e)
                {
                    throw new InputException($"{value.Origin}: {e.Message}.", e);
                }

            default:
                throw part.Error($"is a pattern of kind '{kind}', which is not supported; supported are String and Regex");
        }
    }
}
