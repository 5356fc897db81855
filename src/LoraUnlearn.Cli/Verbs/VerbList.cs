namespace LoraUnlearn.Cli.Verbs;

/// <summary>The verbs, in the order in which the help shows them.</summary>
internal static class VerbList
{
    private static readonly (string Name, Func<Verb> Create)[] Verbs =
    [
        ("demo", () => new DemoVerb()),
        ("unlearn", () => new UnlearnVerb()),
        ("check", () => new CheckVerb()),
        ("finetune", () => new FinetuneVerb()),
        ("audit", () => new AuditVerb()),
        ("evaluate", () => new EvaluateVerb()),
        ("report", () => new ReportVerb()),
        ("generate", () => new GenerateVerb()),
        ("serve", () => new ServeVerb()),
        ("quantize", () => new QuantizeVerb()),
        ("merge", () => new MergeVerb()),
        ("unmerge", () => new UnmergeVerb()),
        ("export", () => new ExportVerb()),
        ("fisher", () => new FisherVerb()),
        ("init", () => new InitVerb()),
        ("probe", () => new ProbeVerb()),
        ("geffect", () => new GeffectVerb()),
        ("score", () => new ScoreVerb()),
        ("compose", () => new ComposeVerb()),
        ("request", () => new RequestVerb()),
        ("diff", () => new DiffVerb()),
        ("verify", () => new VerifyVerb()),
        ("tokenize", () => new TokenizeVerb()),
        ("info", () => new InfoVerb()),
        ("bench", () => new BenchVerb()),
    ];

    /// <summary>Creates one of each verb.</summary>
    public static IReadOnlyList<Verb> Create() => [.. Verbs.Select(verb => verb.Create())];

    /// <summary>Creates what a command line needs: the verb that it begins with alone, whose options are all that is parsed; every verb otherwise.</summary>
    /// <param name="arguments">The command line.</param>
    public static IReadOnlyList<Verb> For(IReadOnlyList<string> arguments) =>
        arguments.Count > 0 && Array.Find(Verbs, verb => verb.Name == arguments[0]).Create is { } create ? [create()] : Create();
}
