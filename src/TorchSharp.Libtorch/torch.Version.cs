namespace TorchSharp;

/// <summary>Tensors and the operators on them, under the names of Python's torch.</summary>
public static partial class torch
{
    /// <summary>The version of libtorch.</summary>
    public static string __version__ => LibtorchBackend.LibtorchVersion;

    /// <summary>Throws nothing: every call here throws its own errors.</summary>
    public static void CheckForErrors()
    {
    }
}
