namespace TorchSharp.Interop;

/// <summary>What a BLAS is, by the file that it comes from.</summary>
internal static class BlasLibrary
{
    private static readonly string[] TunedNames = ["openblas", "blis", "atlas", "mkl"];

    /// <summary>Whether a path leads to the reference implementation, which is not tuned to any processor.</summary>
    public static bool IsReference(string path) => RealPath(path) is string real && IsReferenceName(real);

    /// <summary>Whether a file, links resolved, has the reference implementation's name.</summary>
    public static bool IsReferenceName(string real) =>
        Path.GetFileName(real).StartsWith("libblas.so", StringComparison.Ordinal)
        && !Array.Exists(TunedNames, name => real.Contains(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The file behind a path and its links; null where there is none.</summary>
    public static string? RealPath(string path)
    {
        if (path.Length == 0 || !File.Exists(path))
        {
            return null;
        }

        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);
        }
        catch (IOException)
        {
            return Path.GetFullPath(path);
        }
    }
}
