using System.Runtime.CompilerServices;

namespace LoraUnlearn.Tests.Support;

/// <summary>Where the tests find the checkout, the committed fixtures and the shared material beside the checkout.</summary>
internal static class Repository
{
    /// <summary>The root of the checkout: the folder that holds LoraUnlearn.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Committed fixtures: tests/Fixtures.</summary>
    public static string Fixtures => Path.Combine(Root, "tests", "Fixtures");

    /// <summary>Material that is too large to commit: LORA_UNLEARN_SHARED, or the folder "shared" beside the checkout.</summary>
    public static string Shared { get; } =
        Environment.GetEnvironmentVariable("LORA_UNLEARN_SHARED") is { Length: > 0 } folder
            ? folder
            : Path.GetFullPath(Path.Combine(Root, "..", "shared"));

    /// <summary>A path under <see cref="Shared"/>.</summary>
    public static string InShared(string relative) => Path.Combine(Shared, relative);

    private static string FindRoot([CallerFilePath] string thisFile = "")
    {
        foreach (string start in new[] { AppContext.BaseDirectory, Path.GetDirectoryName(thisFile) ?? "." })
        {
            for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "LoraUnlearn.sln")))
                {
                    return folder.FullName;
                }
            }
        }

        throw new InvalidOperationException("LoraUnlearn.sln was not found above the tests.");
    }
}
