namespace LoraUnlearn.Tests.Support;

/// <summary>A test that needs a file or folder under "shared"; skipped, with the reason, where it is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedFactAttribute : FactAttribute
{
    public SharedFactAttribute(string relativePath) => Skip = SharedMaterial.ReasonToSkip(relativePath);
}

/// <summary>A theory that needs a file or folder under "shared"; skipped, with the reason, where it is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedTheoryAttribute : TheoryAttribute
{
    public SharedTheoryAttribute(string relativePath) => Skip = SharedMaterial.ReasonToSkip(relativePath);
}

/// <summary>Says whether a piece of the shared material is there.</summary>
internal static class SharedMaterial
{
    /// <summary>Null where the path exists; otherwise why the test is skipped.</summary>
    public static string? ReasonToSkip(string relativePath)
    {
        string path = Repository.InShared(relativePath);
        return Path.Exists(path)
            ? null
            : $"{path} is not there (set LORA_UNLEARN_SHARED to the folder that holds '{relativePath}').";
    }
}
