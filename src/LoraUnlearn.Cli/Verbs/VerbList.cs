namespace LoraUnlearn.Cli.Verbs;

/// <summary>The verbs, in the order in which the help shows them.</summary>
internal static class VerbList
{
    /// <summary>Creates one of each verb.</summary>
    public static IReadOnlyList<Verb> Create() =>
    [
        new DemoVerb(),
        new UnlearnVerb(),
        new CheckVerb(),
        new EvaluateVerb(),
        new GenerateVerb(),
        new ServeVerb(),
        new MergeVerb(),
        new UnmergeVerb(),
        new ExportVerb(),
        new FisherVerb(),
        new InitVerb(),
        new ProbeVerb(),
        new GeffectVerb(),
        new ScoreVerb(),
        new ComposeVerb(),
        new RequestVerb(),
        new DiffVerb(),
        new VerifyVerb(),
        new TokenizeVerb(),
        new InfoVerb(),
        new BenchVerb(),
    ];
}
