namespace TorchSharp.Interop;

/// <summary>What a BLAS is, by the file that it comes from.</summary>
internal static class BlasLibrary
{
    /// <summary>Whether a path leads to the reference implementation, which is not tuned to any processor.</summary>
    public static bool IsReference(string path) =>
        RealPath(path) is string real
        && Path.GetFileName(real).StartsWith("libblas.so", StringComparison.Ordinal)
        && !real.Contains("openblas", StringComparison.OrdinalIgnoreCase)
        && !real.Contains("blis", StringComparison.OrdinalIgnoreCase)
        && !real.Contains("atlas", StringComparison.OrdinalIgnoreCase)
        && !real.Contains("mkl", StringComparison.OrdinalIgnoreCase);

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
