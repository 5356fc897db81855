using System.Runtime.InteropServices;
using TorchSharp.Interop;

namespace TorchSharp;

/// <summary>
/// What only this binding can say about itself. TorchSharp has no such type: code that must compile against both does not use it.
/// </summary>
public static class LibtorchBackend
{
    /// <summary>The version of libtorch that the shim was built with.</summary>
    public static string LibtorchVersion => Marshal.PtrToStringUTF8(Native.version()) ?? string.Empty;

    /// <summary>Where matrix products come from: the file of the BLAS, or libtorch itself.</summary>
    public static string BlasDescription
    {
        get
        {
            string path = BlasPath();
            return path.Length == 0 ? "built into libtorch" : BlasLibrary.RealPath(path) ?? path;
        }
    }

    /// <summary>Whether the BLAS is the reference implementation, about 20 times slower than OpenBLAS.</summary>
    public static bool UsesReferenceBlas => BlasLibrary.IsReference(BlasPath());

    /// <summary>Whether this libtorch can use a CUDA device.</summary>
    public static bool HasCuda => Native.cuda_available();

    /// <summary>libtorch's own account of how it was built.</summary>
    public static string BuildDescription => Marshal.PtrToStringUTF8(Native.build_description()) ?? string.Empty;

    private static string BlasPath() => Marshal.PtrToStringUTF8(Native.blas_path()) ?? string.Empty;
}
