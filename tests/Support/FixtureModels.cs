namespace LoraUnlearn.Tests.Support;

/// <summary>Reference models and golden values: from tests/Fixtures, or from the shared material where those are not committed.</summary>
internal static class FixtureModels
{
    /// <summary>The path of a fixture, for example <c>models/llama-gqa</c> or <c>fila</c>; it need not exist.</summary>
    public static string At(string relative)
    {
        string committed = Path.Combine(Repository.Fixtures, relative);
        return Path.Exists(committed) ? committed : Repository.InShared(Path.Combine("fixtures", relative));
    }
}

/// <summary>A test that needs a fixture; skipped, with the reason, where it is in neither place.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FixtureFactAttribute : FactAttribute
{
    public FixtureFactAttribute(string relative) => Skip = FixtureMaterial.ReasonToSkip(relative);
}

/// <summary>A theory that needs a fixture; skipped, with the reason, where it is in neither place.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FixtureTheoryAttribute : TheoryAttribute
{
    public FixtureTheoryAttribute(string relative) => Skip = FixtureMaterial.ReasonToSkip(relative);
}

/// <summary>Says whether a fixture is there.</summary>
internal static class FixtureMaterial
{
    /// <summary>Null where the fixture exists; otherwise why the test is skipped.</summary>
    public static string? ReasonToSkip(string relative) =>
        Path.Exists(FixtureModels.At(relative)) ? null : $"'{relative}' is neither in {Repository.Fixtures} nor in {Repository.InShared("fixtures")}.";
}
