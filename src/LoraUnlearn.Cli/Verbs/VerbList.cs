namespace LoraUnlearn.Cli.Verbs;

/// <summary>The verbs, in the order in which the help shows them.</summary>
internal static class VerbList
{
    /// <summary>Creates one of each verb.</summary>
    public static IReadOnlyList<Verb> Create() =>
    [
        new InfoVerb(),
    ];
}
