using LoraUnlearn.Tokenization.Json;

namespace LoraUnlearn.Tokenization.PreTokenization;

/// <summary>Which pieces a Metaspace puts its character before.</summary>
internal enum PrependScheme
{
    /// <summary>All that do not begin with it.</summary>
    Always,

    /// <summary>The one that begins the whole input, unless it begins with it.</summary>
    First,

    /// <summary>None.</summary>
    Never,
}

/// <summary>Reads the prepend scheme of a Metaspace in its new form and in its old one.</summary>
internal static class PrependSchemeReader
{
    /// <summary>Reads "prepend_scheme", and the older "add_prefix_space" that must agree with it.</summary>
    public static PrependScheme Read(JsonPart part)
    {
        PrependScheme? declared = null;
        if (part.Has("prepend_scheme"))
        {
            string name = part.GetString("prepend_scheme");
            declared = name switch
            {
                "always" => PrependScheme.Always,
                "first" => PrependScheme.First,
                "never" => PrependScheme.Never,
                _ => throw part.Get("prepend_scheme").Error($"is '{name}'; always, first or never was expected"),
            };
        }

        if (!part.Has("add_prefix_space") || part.GetBoolean("add_prefix_space"))
        {
            return declared ?? PrependScheme.Always;
        }

        return declared is null or PrependScheme.Never
            ? PrependScheme.Never
            : throw part.Get("add_prefix_space").Error("is false, which contradicts 'prepend_scheme'; remove one of the two");
    }
}
